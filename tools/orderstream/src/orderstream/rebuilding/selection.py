"""Which orders are rebuilt: one by its id, those placed within a time, or all."""

from dataclasses import dataclass
from datetime import datetime

FIRST, LAST = "ord_", "ord_g"
"""Every id lies between these: what follows are hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Orders by id or by when they were placed; `until` itself is not in it."""

    order_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def environment(self) -> dict[str, str]:
        """The same, as the order service is told it."""
        told = {
            "ORDER_ID": self.order_id,
            "SINCE": self.since and self.since.isoformat(),
            "UNTIL": self.until and self.until.isoformat(),
        }
        return {name: value for name, value in told.items() if value}

    def bounds(self) -> tuple[str, str]:
        """From which id and up to which, not included; an id begins with its order's time."""
        if self.order_id is not None:
            return self.order_id, f"{self.order_id}g"
        first = FIRST if self.since is None else _begin(self.since)
        return first, LAST if self.until is None else _begin(self.until)


def _begin(moment: datetime) -> str:
    return f"ord_{int(moment.timestamp() * 1000):012x}"
