"""`orderstream follow`: everything that was emitted about one order, by cause and effect, or record by record."""

import json
from typing import Annotated

import typer
from aiokafka.errors import KafkaError
from client import GatewayClient
from stack import System
from stack.hints import no_answer, program

from orderstream.errors import CommandError
from orderstream.following.audit_log import history_table, log_as_json, log_entries
from orderstream.following.records import OrderRecord, read_records, tell
from orderstream.following.showing import as_json, story_table
from orderstream.formatting import console
from orderstream.mishaps import Mishaps, read_mishaps
from orderstream.mishaps import tell as tell_mishaps
from orderstream.shop import HELP, find_order_id, in_shop

EXAMPLES = (
    "follow last",
    "follow 3f9a2c11",
    "follow last --flat   # every record, repeats too: the audit trail",
    "follow last --json | jq '.[].type'",
)
ROOM_FOR_TOPICS = 110

Order = Annotated[str, typer.Argument(help=HELP)]
AsJson = Annotated[bool, typer.Option("--json", help="Print the events as JSON.")]


def run(
    order: Order,
    *,
    flat: Annotated[
        bool, typer.Option("--flat", help="Each record in the order of time, repeats too.")
    ] = False,
    json_wanted: AsJson = False,
) -> None:
    """Show every event about an order from all topics: when, by whom, and because of what.

    Each event stands below the one that caused it. `seq` counts what one service has emitted about
    the order; a gap would be a loss. Dead letters stand below what could not be handled. Then comes
    what went wrong on its way: who was asked twice, what was late, which worker died.

    With --flat each record that was ever published has a line: repeats, which have no effect, and
    what was set aside as a dead letter. With --json it has its whole envelope.
    """
    if flat:
        _show_records(order, json_wanted=json_wanted)
    else:
        _show_story(order, json_wanted=json_wanted)


def history(order: Order, *, json_wanted: AsJson = False) -> None:
    """Show every record about an order: the old name of `follow --flat`."""
    _show_records(order, json_wanted=json_wanted)


def _show_story(order: str, *, json_wanted: bool) -> None:
    async def read(
        system: System, gateway: GatewayClient
    ) -> tuple[str, list[OrderRecord], Mishaps]:
        order_id, records = await _read(system, gateway, order)
        return order_id, records, await read_mishaps(system, order_id, records)

    order_id, records, mishaps = in_shop(read)
    steps = tell(_some(records, order_id))
    if json_wanted:
        typer.echo(json.dumps(as_json(steps), indent=1))
        return
    to = console()
    to.print(f"[bold]{order_id}[/], {len(records)} records", highlight=False)
    to.print(story_table(steps, with_topics=to.width >= ROOM_FOR_TOPICS))
    for told in tell_mishaps(mishaps):
        to.print(told, highlight=False, markup=False, soft_wrap=not to.is_terminal)


def _show_records(order: str, *, json_wanted: bool) -> None:
    order_id, records = in_shop(lambda system, gateway: _read(system, gateway, order))
    entries = log_entries(_some(records, order_id))
    if json_wanted:
        typer.echo(json.dumps(log_as_json(entries), indent=1))
        return
    console().print(
        f"[bold]{order_id}[/] is the key of these {len(records)} records", highlight=False
    )
    console().print(history_table(entries))


def _some(records: list[OrderRecord], order_id: str) -> list[OrderRecord]:
    if not records:
        raise CommandError(f"No topic holds anything about {order_id}. See: {program()} orders")
    return records


async def _read(
    system: System, gateway: GatewayClient, order: str
) -> tuple[str, list[OrderRecord]]:
    order_id = await find_order_id(gateway, order)
    try:
        return order_id, await read_records(system.settings.kafka_bootstrap, order_id)
    except KafkaError as error:
        raise CommandError(no_answer("Kafka", error)) from None
