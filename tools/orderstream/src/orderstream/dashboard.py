"""The shop's dashboard as the gateway tells it: received as server-sent events, shown as a picture or a line."""

import json
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from typing import Any

import httpx
from client.tokens import Tokens
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from stack import System
from stack.health import last_words

from orderstream.formatting import REASONS, coloured, moment, money, table

Document = dict[str, Any]
TIMEOUT = httpx.Timeout(10, read=60)


class StreamClosedError(RuntimeError):
    """The gateway has ended the stream; the message says why."""


class Feed:
    """Everything that the dashboard's messages have said so far."""

    def __init__(self) -> None:
        self.newest: Document = {}
        self._windows: dict[str, Document] = {}

    @property
    def windows(self) -> list[Document]:
        """Every window, the oldest first."""
        return [self._windows[start] for start in sorted(self._windows)]

    def hear(self, message: Document) -> None:
        """Take over a message: a snapshot replaces everything, an update the windows that it names."""
        if message["type"] == "snapshot":
            self._windows.clear()
        self.newest = message
        self._windows.update({one["start"]: one for one in message["windows"]})


async def follow(
    http: httpx.AsyncClient, gateway: str, tokens: Tokens
) -> AsyncGenerator[Document, None]:
    """Yield every message of the dashboard, from a snapshot on.

    Raises:
        StreamClosedError: the gateway refuses it, or ends it.
        httpx.TransportError: the gateway has gone.
    """
    url, headers = f"{gateway}/dashboard/events", await tokens.headers(None)
    async with http.stream("GET", url, headers=headers, timeout=TIMEOUT) as response:
        if response.is_error:
            await response.aread()
            raise StreamClosedError(f"the gateway answers {response.status_code}: {response.text}")
        event = ""
        async for line in response.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                event = value
            elif name == "data" and event == "closed":
                raise StreamClosedError(json.loads(value)["reason"])
            elif name == "data":
                yield json.loads(value)


WORDS = {"not_ready": "is not ready", "no_answer": "gives no answer"}


def line(message: dict[str, Any]) -> str:
    """Return what a message of the dashboard says of the last minute, and who is not well."""
    minute = message["last_minute"]
    p95 = minute["latency_ms"]["p95"]
    return (
        f"{moment(message['at']).astimezone():%H:%M:%S}  the last minute: "
        f"{minute['placed']} placed ({minute['orders_per_second']:.2f}/s), "
        f"{minute['latency_ms']['completed']} completed, {minute['declined']} declined, "
        f"{money(minute['revenue'])} earned, p95 {'-' if p95 is None else f'{p95:,.0f} ms'}; "
        f"{_health(message['services'])}"
    )


def _health(services: list[dict[str, Any]]) -> str:
    unwell = [one for one in services if one["status"] != "ready"]
    ready = f"{len(services) - len(unwell)} of {len(services)} ready"
    told = (
        f"{one['name']} {WORDS[one['status']]}" + (f" ({one['detail']})" if one["detail"] else "")
        for one in unwell
    )
    return ", ".join((ready, *told))


def note_failing(services: Iterable[dict[str, Any]], system: System) -> None:
    """Say of each process that does not stay up what it said last; of containers Docker knows."""
    if system.settings.platform != "native":
        return
    states = system.states()
    for one in services:
        state = states.get(one["name"])
        if state is not None and state.failing:
            one |= {"status": "no_answer", "detail": f"failing: {last_words(system, state)}"}


WINDOWS = 8
LEVELS = " ▁▂▃▄▅▆▇█"
STYLES = {"ready": "green", "not_ready": "yellow", "no_answer": "red"}
MARKS = {"ready": "✓ ", "not_ready": "! not ready: ", "no_answer": "✗ no answer: "}
"""Health in signs and words, for whoever sees no colours."""


def picture(feed: Feed) -> RenderableType:
    """Return the last minute, the last windows, what sells, and how every process is."""
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
    shown = table(
        "ordered most", "units", "to", "orders", right=("units", "orders"), wrap=("ordered most",)
    )
    products = [(one["name"] or one["sku"], str(one["units"])) for one in minute["products"]]
    countries = [(code, str(count)) for code, count in minute["orders_by_country"].items()]
    for number in range(max(len(products), min(len(countries), 10))):
        product = products[number] if number < len(products) else ("", "")
        country = countries[number] if number < len(countries) else ("", "")
        shown.add_row(product[0][:36], product[1], *country)
    return shown


def _windows(windows: Sequence[dict[str, Any]]) -> Table:
    right = ("placed", "per s", "completed", "cancelled", "earned", "p95")
    shown = table("window", "", *right, "", right=right)
    shown.show_edge, shown.padding = False, (0, 1, 0, 0)  # so that it fits into 80 columns
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
            "" if one["closed"] else "now",
        )


def _services(services: Sequence[dict[str, Any]]) -> Text:
    shown = Text("\n")
    for one in services:
        shown.append(MARKS[one["status"]], style=STYLES[one["status"]])
        shown.append(f"{one['name']}  ")
    for one in services:
        if one["detail"]:
            shown.append(f"\n{one['name']}: {one['detail']}", style=STYLES[one["status"]])
    return shown


def _ms(milliseconds: float | None) -> str:
    return "-" if milliseconds is None else f"{milliseconds:,.0f} ms"
