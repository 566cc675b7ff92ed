"""What is counted within a window of time, in a form that adds up."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Self

from events.analytics import DashboardUpdated


@dataclass(slots=True)
class WindowCounts:
    """The numbers of one window: of a partition, of all partitions, or of several windows.

    Adding is associative and commutative, so it does not matter who adds what first; `revenue` is
    by currency, in minor units.
    """

    statuses: Counter[str] = field(default_factory=Counter)
    countries: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)
    revenue: Counter[str] = field(default_factory=Counter)
    latency: Counter[int] = field(default_factory=Counter)
    late: int = 0

    @classmethod
    def of(cls, update: DashboardUpdated) -> Self:
        """Return the numbers that an update says."""
        return cls(
            statuses=Counter({str(status): n for status, n in update.orders_by_status.items()}),
            countries=Counter(update.orders_by_country),
            reasons=Counter({str(reason): n for reason, n in update.cancelled_by_reason.items()}),
            units=Counter(update.units_by_product),
            revenue=Counter({update.revenue.currency: update.revenue.amount}),
            latency=Counter(update.latency_buckets),
            late=update.late,
        )

    def add(self, other: "WindowCounts") -> None:
        """Add the numbers of another window, or of another part of this one."""
        self.statuses.update(other.statuses)
        self.countries.update(other.countries)
        self.reasons.update(other.reasons)
        self.units.update(other.units)
        self.revenue.update(other.revenue)
        self.latency.update(other.latency)
        self.late += other.late
