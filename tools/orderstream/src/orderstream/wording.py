"""How orders are told on a terminal: short, and without anything personal."""

import shutil
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.text import Text

SHORT = 8
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
    """The end of an order's id: enough to tell it apart, and taken wherever an id is."""
    return order_id[-SHORT:]


def count(number: int, thing: str) -> str:
    """So many things, in the plural unless it is one."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def money(total: dict[str, Any]) -> str:
    """An amount in the currency's main unit."""
    return f"{total['amount'] / 100:,.2f} {total['currency']}"


def end(document: dict[str, Any]) -> str:
    """Where an order stands, and why it was cancelled if it was."""
    reason = document.get("reason")
    return f"{document['status']}: {REASONS.get(reason, reason)}" if reason else document["status"]


def coloured(status: str, text: str | None = None) -> Text:
    """A status, or a text about it, in the colour of the status."""
    return Text(status if text is None else text, style=COLOURS.get(status, ""))


def moment(text: str) -> datetime:
    """A time from a document."""
    return datetime.fromisoformat(text)


def took(document: dict[str, Any]) -> str:
    """From an order's acceptance to its end."""
    if not document.get("final_at"):
        return "-"
    elapsed = moment(document["final_at"]) - moment(document["placed_at"])
    return f"{elapsed.total_seconds():.1f} s"


def program() -> str:
    """How this program is called from here, to be put before the arguments of a command to try."""
    if shutil.which("orderstream"):
        return "orderstream"
    path = Path(sys.argv[0]).absolute()
    if path.name == "__main__.py":
        return "python -m orderstream"
    here = Path.cwd()
    return escape(str(path.relative_to(here) if path.is_relative_to(here) else path))
