"""The replay in numbers: how many orders stand where, and how fast they come and go."""

from collections import Counter
from dataclasses import dataclass

from events import OrderStatus

from orderstream.demo.journey import Journey
from orderstream.demo.replay import Replay
from orderstream.wording import COLOURS, REASONS

OPEN = ("accepted", "authorized", "reserved", "shipped", "cancelling", "held", "payment_review")
RARE = frozenset({"held", "payment_review"})
ENDS = ("completed", "payment_declined", "out_of_stock", "by_customer", "overdue", "undeliverable")
SELDOM_ENDS = frozenset({"overdue", "undeliverable"})
NAMES = REASONS | {"by_customer": "cancelled"}


@dataclass(frozen=True, slots=True)
class Tally:
    """How it stands now; `rows` are names with their colour and count, in the order of an order's way."""

    total: int
    placed: int
    ended: int
    elapsed_s: float
    rows: tuple[tuple[str, str, int], ...]

    @property
    def placed_rate(self) -> float:
        """Orders placed per second, since the beginning."""
        return self.placed / max(1.0, self.elapsed_s)

    @property
    def ended_rate(self) -> float:
        """Orders ended per second, since the beginning."""
        return self.ended / max(1.0, self.elapsed_s)


def tally(replay: Replay) -> Tally:
    """Count where the orders stand."""
    journeys = replay.journeys
    counts = Counter(place(journey) for journey in journeys)
    troubled = sum(journey.trouble is not None for journey in journeys)
    rows = [
        (name.replace("_", " "), COLOURS[name], counts[name])
        for name in OPEN
        if counts[name] or name not in RARE
    ]
    rows += [
        (NAMES.get(name, name), "green" if name == "completed" else "yellow", counts[name])
        for name in ENDS
        if counts[name] or name not in SELDOM_ENDS
    ]
    if troubled:
        rows.append(("refused or unknown", "red", troubled))
    return Tally(
        total=len(journeys),
        placed=sum(journey.order_id is not None for journey in journeys),
        ended=sum(journey.has_ended for journey in journeys),
        elapsed_s=replay.elapsed_s,
        rows=tuple(rows),
    )


def place(journey: Journey) -> str:
    """Where a journey stands: a status, or the reason of an order that was cancelled."""
    if journey.status is OrderStatus.CANCELLED:
        return journey.reason or "cancelled"
    return journey.status.value if journey.status else ""
