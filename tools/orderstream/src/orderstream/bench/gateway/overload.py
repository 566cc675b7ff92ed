"""Finding out how much the gateway takes, and what it does with three times as much."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from orderstream.bench.gateway.crowd import Answers, percentile
from orderstream.bench.gateway.stage import Stage, stage
from orderstream.platform import Steps

WARM_UP_RATE, WARM_UP_S = 200.0, 5.0
RATES = (200.0, 400.0, 600.0, 800.0, 1000.0, 1200.0, 1400.0, 1600.0, 1800.0, 2000.0, 2400.0, 2800.0)
KEEPS_UP = 0.97
QUICK_MS = 50.0
"""Up to the knee half of the answers come within this time; behind it a queue grows."""
OVERLOAD = 3


@dataclass(frozen=True, slots=True)
class Round:
    """What was offered for so long, and what came of it; `cpu_ms` is the gateway's for an accepted order."""

    rate: float
    seconds: float
    answers: Answers
    cpu_share: float
    rss_before: int
    rss_after: int

    @property
    def goodput(self) -> float:
        """Orders accepted a second, for as long as they were offered."""
        return self.answers.in_time / self.seconds

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds of the gateway for each accepted order."""
        return self.cpu_share * self.seconds * 1000 / max(1, self.answers.accepted)

    @property
    def keeps_up(self) -> bool:
        """Whether the gateway took what was offered, quickly."""
        median = percentile(self.answers.accepted_ms, 50)
        return self.goodput >= KEEPS_UP * self.rate and median <= QUICK_MS


@dataclass(frozen=True, slots=True)
class Result:
    """The rounds up to the knee and the one beyond it; `pinned` if the gateway had a core to itself."""

    rounds: Sequence[Round]
    overload: Round
    pinned: bool

    @property
    def knee(self) -> Round:
        """The highest rate that the gateway kept up with; the lowest one if it kept up with none."""
        return _knee(self.rounds)

    @property
    def ratio(self) -> float:
        """Accepted orders a second at three times the knee, to those at the knee."""
        return self.overload.goodput / max(1.0, self.knee.goodput)


async def measure(
    rates: Sequence[float],
    seconds: float,
    folder: Path,
    told: Callable[[Round], None],
    steps: Steps,
) -> Result:
    """Start a gateway, step the rate up until it does not keep up, then offer three times as much."""
    rounds: list[Round] = []
    async with stage(folder, steps) as scene:
        await _round(scene, WARM_UP_RATE, WARM_UP_S, steps)
        for rate in rates or RATES:
            rounds.append(await _round(scene, rate, seconds, steps))
            told(rounds[-1])
            if not rounds[-1].keeps_up:
                break
        overload = await _round(scene, OVERLOAD * _knee(rounds).rate, 2 * seconds, steps)
        told(overload)
        return Result(rounds, overload, scene.pinned)


async def _round(scene: Stage, rate: float, seconds: float, steps: Steps) -> Round:
    with steps.step(f"{rate:.0f} orders/s for {seconds:.0f} s"):
        rss, cpu = scene.rss(), scene.cpu_s()
        answers = await scene.crowd.order(rate, seconds)
        return Round(rate, seconds, answers, (scene.cpu_s() - cpu) / seconds, rss, scene.rss())


def _knee(rounds: Sequence[Round]) -> Round:
    return max((one for one in rounds if one.keeps_up), key=lambda one: one.rate, default=rounds[0])
