"""How an order's story looks: a tree of who caused what on a terminal, one object per event as JSON."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from events import (
    CustomerNotified,
    Event,
    OrderPlaced,
    OrderStatusChanged,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentDeclined,
    ShipmentCancelled,
    ShippingInitiated,
    StockRejected,
    StockReserved,
)
from rich.table import Table
from rich.text import Text

from orderstream.following.records import Step
from orderstream.formatting import REASONS, count, money, table


def _amount(total: Any) -> str:
    return money(total.model_dump())


def _units(lines: Any) -> str:
    return count(sum(line.quantity for line in lines), "unit")


def _status(event: Any) -> str:
    return f"{event.status}: {REASONS[event.reason]}" if event.reason else str(event.status)


def _short(event: Any) -> str:
    first, *more = event.shortages
    others = f" and {len(more)} more" if more else ""
    return f"{first.sku}: {first.available:,} of {first.requested:,}{others}"


SUMMARIES: dict[type[Event], Callable[[Any], str]] = {
    OrderPlaced: lambda e: f"{count(len(e.lines), 'line')}, {_amount(e.total)}, {e.payment_token}",
    PaymentAuthorized: lambda e: _amount(e.amount),
    PaymentCaptured: lambda e: _amount(e.amount),
    PaymentDeclined: lambda e: str(e.decline_code),
    StockReserved: lambda e: _units(e.lines),
    StockRejected: _short,
    ShippingInitiated: lambda e: f"{e.carrier} {e.tracking_code}",
    ShipmentCancelled: lambda e: REASONS[e.reason],
    OrderStatusChanged: _status,
    CustomerNotified: lambda e: str(e.kind).replace("_", " "),
}


def summary(event: Event) -> str:
    """Return the event in a few words; nothing where its name says it all."""
    tell = SUMMARIES.get(type(event))
    return tell(event) if tell else ""


SOURCE_COLOURS = {
    "gateway": "magenta",
    "payment": "yellow",
    "inventory": "cyan",
    "shipping": "blue",
    "order": "green",
    "notifier": "bright_black",
}
HIDDEN = {"order_id", "recipient"}


def story_table(steps: Sequence[Step], *, with_topics: bool) -> Table:
    """Lay out the story: since when, who emitted what because of what, and where the record lies.

    An event's type has one topic, so its name can be left out where there is little room.
    """
    place = "topic/partition@offset" if with_topics else "p@offset"
    what = "what happened, and because of it"
    shown = table("+ms", what, "seq", place, right=("+ms", "seq"))
    begin = beginning(steps)
    for step in steps:
        record = step.record
        sequence = (
            str(record.envelope.sequence) if record.envelope and not record.is_dead_letter else ""
        )
        where = f"{record.partition}@{record.offset}"
        where = f"{record.topic}/{where}" if with_topics else where
        since = f"{_since(record.time, begin):,}"
        shown.add_row(since, _what(step), sequence, Text(where, style="dim"))
    # Where room is short, it is the long column that gives way; its texts are cut, not wrapped.
    shown.columns[1].no_wrap = False
    return shown


def as_json(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Return the same as plain data; `offset_ms` counts from the beginning, `depth` is the tree's level.

    The recipient is left out: it is sealed in the events, and of no concern here.
    """
    begin = beginning(steps)
    return [dict(_fields(step, begin)) for step in steps]


def beginning(steps: Sequence[Step]) -> datetime:
    """Return when the order was placed; failing that, when it was first spoken of."""
    for step in steps:
        placed = getattr(step.record.envelope and step.record.envelope.event, "placed_at", None)
        if placed is not None:
            return datetime.fromisoformat(str(placed))
    return min(step.record.time for step in steps)


def _fields(step: Step, begin: datetime) -> Iterator[tuple[str, Any]]:
    record = step.record
    yield "offset_ms", _since(record.time, begin)
    yield "depth", step.depth
    yield "topic", record.topic
    yield "partition", record.partition
    yield "offset", record.offset
    yield "time", record.time.isoformat()
    yield "repeats", step.repeats
    yield "error", record.error
    if record.envelope is not None:
        envelope = record.envelope
        yield "id", str(envelope.id)
        yield "type", envelope.event.type_name()
        yield "source", envelope.source
        yield "sequence", envelope.sequence
        yield "causation_id", str(envelope.causation_id) if envelope.causation_id else None
        yield "data", envelope.event.model_dump(mode="json", exclude=HIDDEN)


def _what(step: Step) -> Text:
    record = step.record
    text = Text.assemble((_branches(step.guides), "dim"), no_wrap=True, overflow="ellipsis")
    if record.envelope is None:
        return text.append(f"not an event of ours: {record.error}", "red")
    if record.is_dead_letter:
        service = record.topic.split(".")[1]
        return text.append(f"{service} could not handle it: {record.error}", "red")
    source = record.envelope.source
    text.append(f"{source} ", SOURCE_COLOURS.get(source, "white"))
    text.append(type(record.envelope.event).__name__, "bold")
    text.append(f"  {summary(record.envelope.event)}")
    if step.repeats:
        text.append(f"  (published {step.repeats + 1} times)", "yellow")
    return text


def _branches(guides: tuple[bool, ...]) -> str:
    if not guides:
        return ""
    above = "".join("│ " if more else "  " for more in guides[:-1])
    return above + ("├ " if guides[-1] else "└ ")


def _since(time: datetime, begin: datetime) -> int:
    return round((time - begin).total_seconds() * 1000)
