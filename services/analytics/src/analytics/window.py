"""One partition's part of one window: what was counted, and which facts that was."""

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import Any, Self

from events import WindowCounts

ID_LENGTH = 16
"""How many characters at the end of an order's id tell it from all others in a window."""
COUNTERS = frozenset(one.name for one in fields(WindowCounts) if one.default_factory is Counter)


@dataclass(slots=True)
class Window:
    """The numbers of a window and the facts that they are made of.

    Both are one value of the table and so one record of its changelog: no crash can part them, and
    a fact that is consumed again is known. Of each order there is a bit for each sequence: facts
    may come in any order, so the highest alone would not do. `revision` counts what was kept.
    """

    counts: WindowCounts = field(default_factory=WindowCounts)
    heard: dict[str, int] = field(default_factory=dict)
    revision: int = 0
    closed: bool = False

    def note(self, order_id: str, sequence: int) -> bool:
        """Remember a fact; False if it had been counted before."""
        order, bit = order_id[-ID_LENGTH:], 1 << sequence
        known = self.heard.get(order, 0)
        self.heard[order] = known | bit
        return not known & bit

    def to_json(self) -> dict[str, Any]:
        """Return it as the table keeps it; nothing in it changes afterwards."""
        counts = {one.name: getattr(self.counts, one.name) for one in fields(self.counts)}
        return {
            "counts": {name: dict(n) if name in COUNTERS else n for name, n in counts.items()},
            "heard": dict(self.heard),
            "revision": self.revision,
            "closed": self.closed,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read it as the table has kept it; JSON has made the buckets' numbers texts."""
        told: dict[str, Any] = value["counts"]
        counts: dict[str, Any]
        counts = {name: Counter(n) if name in COUNTERS else n for name, n in told.items()}
        latency = counts.pop("latency")
        buckets = Counter({int(bucket): number for bucket, number in latency.items()})
        return cls(
            WindowCounts(**counts, latency=buckets),
            dict(value["heard"]),
            value["revision"],
            value["closed"],
        )
