"""`orderstream watch`: one order's changes as they happen."""

from collections.abc import Collection
from typing import Annotated

import typer
from client import Document, GatewayClient
from rich.text import Text
from stack import System

from orderstream.formatting import coloured, console, end, moment
from orderstream.shop import HELP, find_order_id, in_shop


async def watch(
    gateway: GatewayClient,
    document: Document,
    customer: str | None = None,
    *,
    no_further_than: Collection[str] = (),
) -> str:
    """Print each change of an order with the time since it was placed; gives its last status.

    That is where it has ended, or the first of the statuses that one goes `no_further_than`.
    """
    status: str = document["status"]
    async for change in gateway.changes(document["id"], customer):
        status = change["status"]
        since = moment(change["changed_at"]) - moment(document["placed_at"])
        milliseconds = Text(f"+{since.total_seconds() * 1000:,.0f} ms".rjust(12), style="dim")
        console().print(milliseconds, coloured(status, end(change)))
        if status in no_further_than:
            break
    return status


EXAMPLES = ("watch last", "watch 3f9a2c11")


def run(order: Annotated[str, typer.Argument(help=HELP)]) -> None:
    """Show how an order came where it is, and then each change as it happens, until it has ended.

    Follows the gateway's live stream, and takes it up again where it breaks off. Ctrl-C leaves.
    """

    async def follow(_: System, gateway: GatewayClient) -> None:
        document = await gateway.get(await find_order_id(gateway, order))
        console().print(f"[bold]{document['id']}[/]", highlight=False)
        await watch(gateway, document)

    in_shop(follow)
