"""The messages of a dashboard: the shop's numbers window by window, and the health of processes."""

from collections.abc import Callable
from typing import Literal

from events import Money
from events.histogram import percentile
from pydantic import AwareDatetime, BaseModel

from gateway.streams.dashboard_store import Whole

PRODUCTS = 10
"""Number of products that are named: those of which most units were ordered."""

NameOf = Callable[[str], str | None]


class ProductUnits(BaseModel):
    """How many units of a product were ordered."""

    sku: str
    name: str | None
    units: int


class Latency(BaseModel):
    """From acceptance to completion, in milliseconds; percentiles are within 5 %."""

    completed: int
    p50: float | None
    p95: float | None
    p99: float | None


class WindowNumbers(BaseModel):
    """The numbers of one window, or of the last minute.

    `placed` are the orders that were accepted; statuses are counted as they are reached. A window
    that is not `closed` is still running. `late` facts came when their window was forgotten.
    """

    start: AwareDatetime
    seconds: float
    closed: bool
    placed: int
    orders_per_second: float
    orders_by_status: dict[str, int]
    orders_by_country: dict[str, int]
    cancelled_by_reason: dict[str, int]
    declined: int
    revenue: Money
    products: list[ProductUnits]
    latency_ms: Latency
    late: int


class ProcessHealth(BaseModel):
    """Whether a process is ready, and if not, what it lacks."""

    name: str
    status: Literal["ready", "not_ready", "no_answer"]
    detail: str | None = None


class Dashboard(BaseModel):
    """One message: everything that is known at first (`snapshot`), then what has changed (`update`).

    A window replaces the one with the same start. `services` and `last_minute` are always whole.
    """

    type: Literal["snapshot", "update"]
    at: AwareDatetime
    windows: list[WindowNumbers]
    last_minute: WindowNumbers
    services: list[ProcessHealth]


def numbers_of(whole: Whole, currency: str, name_of: NameOf) -> WindowNumbers:
    """Return a window's numbers as a dashboard shows them."""
    counts, seconds = whole.counts, whole.length.total_seconds()
    placed = counts.statuses["accepted"]
    return WindowNumbers(
        start=whole.start,
        seconds=seconds,
        closed=whole.closed,
        placed=placed,
        orders_per_second=round(placed / seconds, 2),
        orders_by_status=dict(counts.statuses.most_common()),
        orders_by_country=dict(counts.countries.most_common()),
        cancelled_by_reason=dict(counts.reasons.most_common()),
        declined=counts.reasons["payment_declined"],
        revenue=Money(amount=counts.revenue[currency], currency=currency),
        products=[
            ProductUnits(sku=sku, name=name_of(sku), units=units)
            for sku, units in counts.units.most_common(PRODUCTS)
        ],
        latency_ms=Latency(
            completed=counts.latency.total(),
            **{
                f"p{share}": round(found, 1) if found is not None else None
                for share in (50, 95, 99)
                for found in [percentile(counts.latency, share / 100)]
            },
        ),
        late=counts.late,
    )
