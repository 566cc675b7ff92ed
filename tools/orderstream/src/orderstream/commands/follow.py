"""`orderstream follow`: everything that was said about one order, by cause and effect."""

import json
from typing import Annotated

import typer
from aiokafka.errors import KafkaError

from orderstream.client import GatewayClient
from orderstream.failing import CommandError
from orderstream.following import Said, as_json, read_said, story_table, tell
from orderstream.naming import HELP, find_order_id
from orderstream.platform import System
from orderstream.shop import in_shop
from orderstream.tables import console

EXAMPLES = ("follow last", "follow 3f9a2c11", "follow last --json | jq '.[].type'")

ROOM_FOR_TOPICS = 110


def run(
    order: Annotated[str, typer.Argument(help=HELP)],
    *,
    json_wanted: Annotated[bool, typer.Option("--json", help="Print the events as JSON.")] = False,
) -> None:
    """Show every event about an order from all topics: when, by whom, and because of what.

    Each event stands below the one that caused it. `seq` counts what one service has said about
    the order; a gap would be a loss. Dead letters stand below what could not be handled.
    """
    order_id, said = in_shop(lambda system, gateway: _read(system, gateway, order))
    if not said:
        raise CommandError(f"No topic holds anything about {order_id}.")
    steps = tell(said)
    if json_wanted:
        typer.echo(json.dumps(as_json(steps), indent=1))
        return
    to = console()
    to.print(f"[bold]{order_id}[/], {len(said)} records", highlight=False)
    to.print(story_table(steps, with_topics=to.width >= ROOM_FOR_TOPICS))


async def _read(system: System, gateway: GatewayClient, order: str) -> tuple[str, list[Said]]:
    order_id = await find_order_id(gateway, order)
    try:
        return order_id, await read_said(system.settings.kafka_bootstrap, order_id)
    except KafkaError as error:
        raise CommandError(f"Kafka does not answer: {error}. Look at: orderstream status") from None
