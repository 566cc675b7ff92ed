"""`orderstream orders`: the newest orders of all customers."""

from typing import Annotated

import typer
from events import OrderStatus
from rich.text import Text

from orderstream.client import Document, GatewayClient
from orderstream.naming import LAST
from orderstream.platform import System
from orderstream.shop import in_shop
from orderstream.tables import console, table
from orderstream.wording import coloured, end, moment, money, program, short, took

EXAMPLES = ("orders", "orders --status cancelled --limit 5")


def run(
    *,
    status: Annotated[
        OrderStatus | None, typer.Option("--status", "-s", help="Only those that stand here.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many.")] = 20,
) -> None:
    """List orders, the newest first: where each stands, since when, what it is worth."""
    found = in_shop(lambda system, gateway: _read(system, gateway, status, limit))
    if not found:
        console().print(f"There are no such orders. Place one: {program()} order")
        return
    shown = table("order", "status", "lines", "total", "placed", "took", right=("lines", "total"))
    for one in found:
        shown.add_row(*_row(one))
    console().print(shown)
    console().print(f"Look closer: {program()} follow {short(found[0]['id'])}   (or: {LAST})")


async def _read(
    _: System, gateway: GatewayClient, status: OrderStatus | None, limit: int
) -> list[Document]:
    return await gateway.orders(status=status.value if status else None, limit=limit)


def _row(document: Document) -> tuple[str | Text, ...]:
    placed = moment(document["placed_at"]).astimezone()
    return (
        short(document["id"]),
        coloured(document["status"], end(document)),
        str(len(document["lines"])),
        money(document["total"]),
        f"{placed:%d %b %H:%M:%S}",
        took(document),
    )
