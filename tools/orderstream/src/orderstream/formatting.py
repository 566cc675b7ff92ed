"""Tables that read well on a terminal and stay one line a row in a pipe."""

import sys
from datetime import datetime
from typing import Any

from events.currencies import written
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDTH_IN_A_PIPE = 200


def console() -> Console:
    """Return the console that commands print to."""
    return Console(width=None if sys.stdout.isatty() else WIDTH_IN_A_PIPE)


def table(*columns: str, right: tuple[str, ...] = (), wrap: tuple[str, ...] = ()) -> Table:
    """Return an empty table; the columns named in `right` hold numbers.

    Those in `wrap` give way where room is short: they go on in the next line, and the others stay whole.
    """
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        wraps = column in wrap
        made.add_column(
            column,
            justify="right" if column in right else "left",
            no_wrap=not wraps,
            overflow="fold" if wraps else "ellipsis",
        )
    return made


SHORT = 8
ROOM_FOR_IDS = 130
REASONS = {
    "payment_declined": "payment declined",
    "out_of_stock": "out of stock",
    "by_customer": "by its customer",
    "overdue": "overdue",
    "undeliverable": "cannot be delivered",
}
COLOURS = {
    "accepted": "blue",
    "authorized": "blue",
    "reserved": "cyan",
    "shipped": "cyan",
    "completed": "green",
    "cancelling": "yellow",
    "cancelled": "yellow",
    "held": "red",
    "payment_review": "red",
}


def short(order_id: str) -> str:
    """Return the end of an order's id: enough to tell it apart, and taken by every command; by no URL."""
    return order_id[-SHORT:]


def named(order_id: str, width: int) -> str:
    """Return an order's id in a table: whole where there is room, for URLs; else the end of it."""
    return order_id if width >= ROOM_FOR_IDS else short(order_id)


def count(number: int, thing: str) -> str:
    """Write a count of things, in the plural unless it is one."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def money(total: dict[str, Any]) -> str:
    """Return an amount as people write it."""
    return written(total["amount"], total["currency"])


def end(document: dict[str, Any]) -> str:
    """Return where an order stands, and why it was cancelled if it was."""
    reason = document.get("reason")
    return f"{document['status']}: {REASONS.get(reason, reason)}" if reason else document["status"]


def coloured(status: str, text: str | None = None) -> Text:
    """Return a status, or a text about it, in the colour of the status."""
    return Text(status if text is None else text, style=COLOURS.get(status, ""))


def moment(text: str) -> datetime:
    """Return a time from a document."""
    return datetime.fromisoformat(text)


def took(document: dict[str, Any]) -> str:
    """Return the time from an order's acceptance to its end."""
    if not document.get("final_at"):
        return "-"
    elapsed = moment(document["final_at"]) - moment(document["placed_at"])
    return f"{elapsed.total_seconds():.1f} s"
