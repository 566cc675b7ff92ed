"""Printing an order's changes as they happen."""

from rich.text import Text

from orderstream.client import Document, GatewayClient
from orderstream.tables import console
from orderstream.wording import coloured, end, moment


async def watch(gateway: GatewayClient, document: Document, customer: str | None = None) -> None:
    """Print each change of an order with the time since it was placed, until the order has ended."""
    async for change in gateway.changes(document["id"], customer):
        since = moment(change["changed_at"]) - moment(document["placed_at"])
        milliseconds = Text(f"+{since.total_seconds() * 1000:,.0f} ms".rjust(12), style="dim")
        console().print(milliseconds, coloured(change["status"], end(change)))
