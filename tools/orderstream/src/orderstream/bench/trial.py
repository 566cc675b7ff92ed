"""One trial: orders at one rate for a while, and all that is measured of it."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from stack import Steps

from orderstream.bench import outcomes
from orderstream.bench.costs import LOAD, spent_per_order
from orderstream.bench.counting import counted_per_order, read_counts
from orderstream.bench.load import Placed, Scene, percentile
from orderstream.bench.machine import FOREIGN_MOST, foreign_share, look
from orderstream.bench.outcomes import OpenOrders, Outcome


@dataclass(frozen=True, slots=True)
class Trial:
    """What was offered, and what came of it. Times in milliseconds; costs are those of one order."""

    rate: float
    seconds: float
    accepted: int
    declined: int
    cancelled: int
    refused: Mapping[str, int]
    outcome: Outcome
    dead_letters: int
    post_p50_ms: float
    post_p95_ms: float
    post_p99_ms: float
    load_late_ms: float
    open_course: Sequence[int]
    open_late: int
    foreign_share: float
    cpu_ms: Mapping[str, float]
    switches: Mapping[str, float]
    counted: Mapping[str, Mapping[str, float]]

    @property
    def keeps_up(self) -> bool:
        """Whether nothing was refused and nothing piled up: no order open ten seconds later."""
        is_late = self.open_late or self.outcome.unfinished
        return not (self.refused or is_late or outcomes.piles_up(self.open_course, self.rate))

    @property
    def is_disturbed(self) -> bool:
        """Whether others used so much of the machine that the figures are theirs, too."""
        return self.foreign_share > FOREIGN_MOST

    @property
    def system_cpu_ms(self) -> float:
        """CPU milliseconds of an order over all processes but the load."""
        return sum(spent for name, spent in self.cpu_ms.items() if name != LOAD)

    def as_json(self) -> dict[str, Any]:
        """Give it as a document."""
        return asdict(self) | {
            "keeps_up": self.keeps_up,
            "is_disturbed": self.is_disturbed,
            "system_cpu_ms": self.system_cpu_ms,
            "ended_per_second": self.outcome.per_second,
        }


async def run_trial(scene: Scene, rate: float, seconds: float) -> Trial:
    """Offer the load, wait for the end of every order, and measure."""
    system = scene.system
    letters = await outcomes.count_dead_letters(system)
    counts, before = await read_counts(system, scene.orders), look(system)
    placed, follower = await _offer(scene, rate, seconds)
    open_late = await follower.settle()
    after = look(system)
    counted = counted_per_order(
        counts, await read_counts(system, scene.orders), len(placed.order_ids)
    )
    cpu_ms, switches = spent_per_order(before.costs, after.costs, len(placed.order_ids))
    return Trial(
        rate=rate,
        seconds=seconds,
        accepted=len(placed.order_ids),
        declined=placed.declined,
        cancelled=placed.cancelled,
        refused=placed.refused,
        outcome=await outcomes.sum_up(system, placed.order_ids, await follower.look()),
        dead_letters=await outcomes.count_dead_letters(system) - letters,
        post_p50_ms=percentile(placed.answer_ms, 50),
        post_p95_ms=percentile(placed.answer_ms, 95),
        post_p99_ms=percentile(placed.answer_ms, 99),
        load_late_ms=placed.late_ms,
        open_course=follower.course,
        open_late=open_late,
        foreign_share=foreign_share(before, after),
        cpu_ms=cpu_ms,
        switches=switches,
        counted=counted,
    )


async def _offer(scene: Scene, rate: float, seconds: float) -> tuple[Placed, OpenOrders]:
    """Place the orders and follow how many are open meanwhile."""
    accepted: list[str] = []
    follower = OpenOrders(scene.orders, accepted)
    watching = asyncio.create_task(follower.watch())
    try:
        placed = await scene.shoppers.place(rate, seconds, accepted.append)
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
    return placed, follower


async def run_undisturbed(scene: Scene, rate: float, seconds: float, steps: Steps) -> Trial:
    """Run a trial, and once more if others used the machine meanwhile; the second one stands."""
    title = f"{rate:.0f} orders/s for {seconds:.0f} s"
    with steps.step(title):
        first = await run_trial(scene, rate, seconds)
    if not first.is_disturbed:
        return first
    why = f"others used {first.foreign_share:.0%} of the machine: thrown out"
    with steps.step(f"{title} again, for {why}"):
        return await run_trial(scene, rate, seconds)
