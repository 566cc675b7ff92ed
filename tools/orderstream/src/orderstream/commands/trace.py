"""`orderstream trace`: one order as a trace: each piece of work, what it waited for, and the slowest path."""

import json
from typing import Annotated

import typer
from client import GatewayClient
from rich.console import Console
from stack import System

from orderstream.shop import HELP, find_order_id, in_shop
from orderstream.tracing import WIDTH_IN_A_PIPE, as_json, lines_of, read_traces
from orderstream.tracing.tree import Trace

EXAMPLES = (
    "trace last",
    "trace 3f9a2c11",
    "trace last --json | jq '.traces[0].spent_on_slowest_path_ms'",
)


def run(
    order: Annotated[str, typer.Argument(help=HELP)],
    *,
    json_wanted: Annotated[
        bool, typer.Option("--json", help="Print the spans and where the time went as JSON.")
    ] = False,
) -> None:
    """Show what every service did for an order, how long it took, and what it waited for.

    Each span stands below the one that it follows from. Of an event that a service handled come
    four waits: in the outbox, on the broker, for its batch, and the handling. What is marked led to
    the span that ended last; below the tree is where the time on that path went.
    """
    order_id, traces = in_shop(lambda system, gateway: _read(system, gateway, order))
    if json_wanted:
        typer.echo(json.dumps(as_json(order_id, traces), indent=1))
        return
    to = Console()
    width = to.width if to.is_terminal else WIDTH_IN_A_PIPE
    for line in lines_of(order_id, traces, width):
        to.print(line, soft_wrap=True)


async def _read(system: System, gateway: GatewayClient, order: str) -> tuple[str, list[Trace]]:
    order_id = await find_order_id(gateway, order)
    return order_id, await read_traces(system, order_id)
