"""One step of a benchmark: so many orders a second for so long, and everything measured about it."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import asyncpg

from orderstream.bench.costs import read_costs, spent_ms_per_order
from orderstream.bench.load import Shoppers
from orderstream.bench.outcomes import Outcome, settle
from orderstream.platform import System

KEEPS_UP = 0.93
"""A step counts as sustained when so much of the offered rate is completed as it is offered."""


@dataclass(frozen=True, slots=True)
class Step:
    """What was offered, and what came of it. Times in milliseconds."""

    rate: float
    seconds: float
    accepted: int
    refused: dict[str, int]
    outcome: Outcome
    post_p50_ms: float
    post_p95_ms: float
    post_p99_ms: float
    load_late_ms: float
    cpu_ms_per_order: dict[str, float]

    @property
    def sustained(self) -> bool:
        """Whether the system completed orders as fast as they came."""
        return (
            not self.refused
            and self.outcome.unfinished == 0
            and self.outcome.per_second >= KEEPS_UP * self.rate
        )

    def as_json(self) -> dict[str, Any]:
        """For the file of results."""
        return asdict(self) | {
            "completed_per_second": self.outcome.per_second,
            "sustained": self.sustained,
        }


async def run_step(
    system: System, orders: asyncpg.Connection, shoppers: Shoppers, rate: float, seconds: float
) -> Step:
    """Offer the load, wait for the end of every order, and measure."""
    before = await read_costs(system)
    placed = await shoppers.place(rate, seconds)
    outcome = await settle(orders, placed.order_ids)
    after = await read_costs(system)
    p50, p95, p99 = _percentiles(placed.answer_ms)
    return Step(
        rate=rate,
        seconds=seconds,
        accepted=len(placed.order_ids),
        refused=placed.refused,
        outcome=outcome,
        post_p50_ms=p50,
        post_p95_ms=p95,
        post_p99_ms=p99,
        load_late_ms=placed.late_ms,
        cpu_ms_per_order=spent_ms_per_order(before, after, len(placed.order_ids)),
    )


def _percentiles(values: Sequence[float]) -> tuple[float, float, float]:
    if len(values) < 2:  # noqa: PLR2004  # quantiles need two
        return 0.0, 0.0, 0.0
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return cuts[49], cuts[94], cuts[98]
