"""`orderstream orders`: the newest orders of all customers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer
from client import Document, GatewayClient
from events import OrderStatus
from rich.console import Console
from rich.text import Text
from stack import System
from stack.hints import program

from orderstream.formatting import coloured, console, end, moment, money, short, table, took
from orderstream.shop import LAST, in_shop

EXAMPLES = ("orders", "orders --status cancelled --limit 5")
ROOM = 110
"""Columns of a terminal that has room for everything."""


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
    show_orders(found, console())
    console().print(f"Look closer: {program()} follow {short(found[0]['id'])}   (or: {LAST})")


async def _read(
    _: System, gateway: GatewayClient, status: OrderStatus | None, limit: int
) -> list[Document]:
    return await gateway.orders(status=status.value if status else None, limit=limit)


def show_orders(found: Sequence[Document], to: Console) -> None:
    """Print a row an order, its whole id first: it can be put into a URL.

    Where room is short, fewer columns are shown.
    """
    columns = ("order", "status", "placed", "lines", "total", "took")
    shown = table(
        *columns[: None if to.width >= ROOM else 3], right=("lines", "total"), wrap=("status",)
    )
    for one in found:
        shown.add_row(*_row(one)[: len(shown.columns)])
    to.print(shown)


def _row(document: Document) -> tuple[str | Text, ...]:
    placed, today = moment(document["placed_at"]).astimezone(), datetime.now().astimezone().date()
    return (
        document["id"],
        coloured(document["status"], end(document)),
        f"{placed:%H:%M:%S}" if placed.date() == today else f"{placed:%d %b}",
        str(len(document["lines"])),
        money(document["total"]),
        took(document),
    )
