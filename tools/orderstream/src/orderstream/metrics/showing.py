"""The metrics on a terminal: a line about the orders, a row for each service, and the alerts."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from orderstream.formatting import table
from orderstream.metrics.alerts import RUNBOOK, Severity
from orderstream.metrics.judging import Raised
from orderstream.metrics.numbers import Picture, Service

LEVELS = "▁▂▃▄▅▆▇█"
COLOURS = {Severity.PAGE: "red", Severity.TICKET: "yellow"}
COLUMNS = ("service", "events/s", "", "lag s", "lag", "outbox", "commands", "letters", "")
RIGHT = ("events/s", "lag s", "lag", "outbox", "commands", "letters")


def show(picture: Picture) -> RenderableType:
    """Give the picture of one look."""
    shown = table(*COLUMNS, right=RIGHT)
    for service in picture.services:
        if not _is_silent(service):
            shown.add_row(*_row(service))
    return Group(_headline(picture), shown, _alerts(picture.alerts))


def sparkline(values: Sequence[float]) -> str:
    """Draw the course of a number, the oldest value first, against the greatest of them."""
    most = max(values, default=0)
    return "".join(LEVELS[round(one / most * (len(LEVELS) - 1)) if most else 0] for one in values)


def _headline(picture: Picture) -> str:
    when = "since the start"
    if picture.ended_within_s is not None:
        when = f"in the last {picture.ended_within_s:.0f} s"
    return (
        f"Orders: {picture.orders_open:.0f} open, {picture.orders_overdue:.0f} overdue,"
        f" {picture.ended:.0f} ended {when},"
        f" p50 {_seconds(picture.p50_s)}, p99 {_seconds(picture.p99_s)}"
    )


def _is_silent(service: Service) -> bool:
    """Return whether a service is up and tells none of these numbers."""
    told = (service.per_s, service.lag_s, service.outbox_rows, service.dead_letters)
    return service.is_up and all(number is None for number in told)


def _row(service: Service) -> Iterator[str]:
    yield service.name
    yield "-" if service.per_s is None else f"{service.per_s:.1f}"
    yield sparkline(service.history)
    yield "-" if service.lag_s is None else f"{service.lag_s:.1f}"
    for number in (
        service.lag_records,
        service.outbox_rows,
        service.commands,
        service.dead_letters,
    ):
        yield "-" if number is None else f"{number:,.0f}"
    yield _state(service)


def _state(service: Service) -> str:
    if not service.is_up:
        return "[red]down[/]"
    return "[red]paused[/]" if service.paused else ""


def _alerts(alerts: Sequence[Raised]) -> RenderableType:
    if not alerts:
        return "[green]No alert.[/]"
    shown = Table.grid(padding=(0, 2))
    for one in alerts:
        waits = "" if one.fires else f" (fires once it lasts {one.alert.for_s} s)"
        style = COLOURS[one.alert.severity] if one.fires else "dim"
        name = f"[{style}]{one.alert.name}[/]"
        shown.add_row(name, escape(one.summary) + waits)
    return Group(shown, f"[dim]What to do: {RUNBOOK}[/]")


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"
