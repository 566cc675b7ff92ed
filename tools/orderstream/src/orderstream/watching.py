"""Printing an order's changes as they happen."""

from collections.abc import Collection

from rich.text import Text

from orderstream.client import Document, GatewayClient
from orderstream.tables import console
from orderstream.wording import coloured, end, moment


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
