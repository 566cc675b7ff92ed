"""What an event says, in a few words and without anything personal."""

from collections.abc import Callable
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

from orderstream.wording import REASONS, count, money


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


GISTS: dict[type[Event], Callable[[Any], str]] = {
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


def gist(event: Event) -> str:
    """The event in a few words; nothing where its name says it all."""
    tell = GISTS.get(type(event))
    return tell(event) if tell else ""
