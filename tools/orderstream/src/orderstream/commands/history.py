"""`orderstream history`: the audit trail of one order, record by record."""

import json
from typing import Annotated

import typer
from aiokafka.errors import KafkaError

from orderstream.client import GatewayClient
from orderstream.failing import CommandError
from orderstream.following import Said, chronicle, history_table, read_said, trail_as_json
from orderstream.naming import HELP, find_order_id
from orderstream.platform import System
from orderstream.shop import in_shop
from orderstream.tables import console
from orderstream.wording import program

EXAMPLES = ("history last", "history 3f9a2c11 --json | jq '.[].envelope.causation_id'")


def run(
    order: Annotated[str, typer.Argument(help=HELP)],
    *,
    json_wanted: Annotated[
        bool, typer.Option("--json", help="Print every record with its whole envelope as JSON.")
    ] = False,
) -> None:
    """Show every record about an order in the order of time: who said what because of what.

    Where `follow` shows each event once, below its cause, this shows each record that was ever
    published: repeats, which have no effect, and what was set aside as a dead letter.
    """
    order_id, said = in_shop(lambda system, gateway: _read(system, gateway, order))
    if not said:
        raise CommandError(f"No topic holds anything about {order_id}. See: {program()} orders")
    entries = chronicle(said)
    if json_wanted:
        typer.echo(json.dumps(trail_as_json(entries), indent=1))
        return
    console().print(f"[bold]{order_id}[/] is the key of these {len(said)} records", highlight=False)
    console().print(history_table(entries))


async def _read(system: System, gateway: GatewayClient, order: str) -> tuple[str, list[Said]]:
    order_id = await find_order_id(gateway, order)
    try:
        return order_id, await read_said(system.settings.kafka_bootstrap, order_id)
    except KafkaError as error:
        raise CommandError(f"Kafka does not answer: {error}. Look at: {program()} status") from None
