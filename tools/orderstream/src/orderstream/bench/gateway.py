"""The gateway alone, with a core for itself: how much it takes, and three times as much."""

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from stack import (
    Settings,
    Steps,
    System,
    all_processes,
    create_database,
    free_ports,
    load_native,
    migrate,
    pick,
    seed,
    up,
    wipe,
)

from orderstream.bench.crowd import Answers, Crowd, Lines
from orderstream.bench.load import SKUS, bench_headers, percentile, write_products

NEEDED = ("kafka", "postgres", "issuer", "gateway")
CUSTOMERS = 500
UNKNOWN_PRODUCT = "422"
CORES_NEEDED = 2


@dataclass(frozen=True, slots=True)
class Stage:
    """A gateway that takes orders, and a crowd at its door."""

    system: System
    crowd: Crowd
    gateway: psutil.Process
    pinned: bool

    def cpu_s(self) -> float:
        """CPU seconds that the gateway has used."""
        times = self.gateway.cpu_times()
        return float(times.user + times.system)

    def rss(self) -> int:
        """Resident bytes of the gateway."""
        return int(self.gateway.memory_info().rss)


@asynccontextmanager
async def stage(folder: Path, steps: Steps, needed: Sequence[str] = NEEDED) -> AsyncIterator[Stage]:
    """Start a gateway with its stores and the token issuer; no service consumes its events."""
    settings = _settings(folder)
    system = await up(settings, pick(all_processes(settings), needed), steps=steps)
    try:
        with steps.step("products listed, tokens given"):
            await create_database(settings, "inventory")
            await migrate(settings, "inventory")
            await seed(settings)
            headers = await bench_headers(system.url("issuer"), CUSTOMERS)
        pid = system.states()["gateway"].pid
        gateway = psutil.Process(pid)
        lines = Lines("127.0.0.1", settings.gateway_port)
        crowd = Crowd(lines, headers)
        with steps.step("prices known to the gateway"):
            await _priced(crowd)
        yield Stage(system, crowd, gateway, _pin(system, gateway))
    finally:
        await wipe(settings.state_dir)


def _settings(folder: Path) -> Settings:
    return load_native(
        state_dir=folder / "state",
        seed_file=write_products(folder),
        fault_plans=False,
        log_format="json",
        rate_limit_scale=0,
        **free_ports(),
    )


async def _priced(crowd: Crowd) -> None:
    """Order until the gateway knows all prices: it learns of them in its own time."""
    while (await crowd.order(len(SKUS), 1)).statuses[UNKNOWN_PRODUCT]:
        pass


def _pin(system: System, gateway: psutil.Process) -> bool:
    """Give the gateway a core for itself, and the other to everything else, this process included.

    False where that is not possible: one core only, or a system that cannot.
    """
    if not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < CORES_NEEDED:
        return False
    first, *others = sorted(os.sched_getaffinity(0))
    for state in system.states().values():
        process = psutil.Process(state.pid)
        for member in (process, *process.children(recursive=True)):
            _bind(member, [first] if process == gateway else others)
    _bind(psutil.Process(), others)
    return True


def _bind(process: psutil.Process, cores: Sequence[int]) -> None:
    for thread in process.threads():
        os.sched_setaffinity(thread.id, cores)


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
class OverloadResult:
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
) -> OverloadResult:
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
        return OverloadResult(rounds, overload, scene.pinned)


async def _round(scene: Stage, rate: float, seconds: float, steps: Steps) -> Round:
    with steps.step(f"{rate:.0f} orders/s for {seconds:.0f} s"):
        rss, cpu = scene.rss(), scene.cpu_s()
        answers = await scene.crowd.order(rate, seconds)
        return Round(rate, seconds, answers, (scene.cpu_s() - cpu) / seconds, rss, scene.rss())


def _knee(rounds: Sequence[Round]) -> Round:
    return max((one for one in rounds if one.keeps_up), key=lambda one: one.rate, default=rounds[0])
