"""The dashboard as it is shown on a terminal: one picture, painted anew with every message."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from orderstream.dashboard.feed import Feed
from orderstream.tables import table
from orderstream.wording import REASONS, coloured, moment, money

WINDOWS = 8
LEVELS = " ▁▂▃▄▅▆▇█"
STYLES = {"ready": "green", "not_ready": "yellow", "no_answer": "red"}


def picture(feed: Feed) -> RenderableType:
    """The last minute, the last windows, what sells, and how every process is."""
    newest = feed.newest
    beside = Table.grid(padding=(0, 4))
    beside.add_row(_statuses(newest["last_minute"]), _products(newest["last_minute"]))
    return Group(
        _headline(newest),
        beside,
        _windows(feed.windows[-WINDOWS:]),
        _services(newest["services"]),
    )


def _headline(newest: dict[str, Any]) -> Text:
    minute = newest["last_minute"]
    latency = minute["latency_ms"]
    at = moment(newest["at"]).astimezone()
    return Text(
        f"\nThe last minute, at {at:%H:%M:%S}: {minute['placed']} placed"
        f" ({minute['orders_per_second']:.2f}/s), {latency['completed']} completed,"
        f" {money(minute['revenue'])} earned, {minute['declined']} declined"
        f"\nAccepted to completed: p50 {_ms(latency['p50'])}, p95 {_ms(latency['p95'])},"
        f" p99 {_ms(latency['p99'])}",
        style="bold",
    )


def _statuses(minute: dict[str, Any]) -> Table:
    shown = table("reached", "orders", right=("orders",))
    for status, count in minute["orders_by_status"].items():
        shown.add_row(coloured(status), str(count))
    for reason, count in minute["cancelled_by_reason"].items():
        shown.add_row(Text(f"  {REASONS.get(reason, reason)}", style="dim"), str(count))
    return shown


def _products(minute: dict[str, Any]) -> Table:
    shown = table("ordered most", "units", "to", "orders", right=("units", "orders"))
    products = [(one["name"] or one["sku"], str(one["units"])) for one in minute["products"]]
    countries = [(code, str(count)) for code, count in minute["orders_by_country"].items()]
    for number in range(max(len(products), min(len(countries), 10))):
        product = products[number] if number < len(products) else ("", "")
        country = countries[number] if number < len(countries) else ("", "")
        shown.add_row(product[0][:36], product[1], *country)
    return shown


def _windows(windows: Sequence[dict[str, Any]]) -> Table:
    columns = ("window", "", "placed", "orders/s", "completed", "cancelled", "earned", "p95", "")
    right = ("placed", "orders/s", "completed", "cancelled", "earned", "p95")
    shown = table(*columns, right=right)
    for row in _window_rows(windows):
        shown.add_row(*row)
    return shown


def _window_rows(windows: Sequence[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    most = max((one["placed"] for one in windows), default=0)
    for one in reversed(windows):
        level = round(one["placed"] / most * (len(LEVELS) - 1)) if most else 0
        yield (
            f"{moment(one['start']).astimezone():%H:%M:%S}",
            LEVELS[level],
            str(one["placed"]),
            f"{one['orders_per_second']:.1f}",
            str(one["orders_by_status"].get("completed", 0)),
            str(one["orders_by_status"].get("cancelled", 0)),
            money(one["revenue"]),
            _ms(one["latency_ms"]["p95"]),
            "" if one["closed"] else "running",
        )


def _services(services: Sequence[dict[str, Any]]) -> Text:
    shown = Text()
    for one in services:
        shown.append("● ", style=STYLES[one["status"]])
        shown.append(f"{one['name']}  ")
    for one in services:
        if one["detail"]:
            shown.append(f"\n{one['name']}: {one['detail']}", style=STYLES[one["status"]])
    return shown


def _ms(milliseconds: float | None) -> str:
    return "-" if milliseconds is None else f"{milliseconds:,.0f} ms"
