"""What the processes of the system have cost so far, their children included."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil
from stack import System

LOAD, SUPERVISOR = "load", "supervisor"
COUNTED = ("voluntary_ctxt_switches:", "nonvoluntary_ctxt_switches:")


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds used so far, and how often another thread was given the core."""

    cpu_s: float
    switches: int


def read_costs(system: System) -> dict[str, Cost]:
    """Read the cost of every process, by its name; the measuring process itself is `load`."""
    return {name: _cost_of(family) for name, family in _families(system)}


def read_memory(system: System) -> dict[str, int]:
    """Read the bytes that every process holds; pages that several share are counted once."""
    return {name: sum(_each(family, _held)) for name, family in _families(system)}


def spent_per_order(
    before: Mapping[str, Cost], after: Mapping[str, Cost], orders: float
) -> tuple[dict[str, float], dict[str, float]]:
    """Give CPU milliseconds and switches an order, each by process."""
    there = [name for name in before if name in after and orders]
    milliseconds = {
        name: (after[name].cpu_s - before[name].cpu_s) * 1000 / orders for name in there
    }
    switches = {name: (after[name].switches - before[name].switches) / orders for name in there}
    return milliseconds, switches


def _families(system: System) -> Iterator[tuple[str, list[psutil.Process]]]:
    """Give each process with its children; the supervisor alone, whose children are the others."""
    yield LOAD, [psutil.Process()]
    states = {name: state.pid for name, state in system.states().items() if state.pid}
    for pid in states.values():
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(pid).parent()
            if parent is not None:
                yield SUPERVISOR, [parent]
                break
    for name, pid in states.items():
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            yield name, [process, *process.children(recursive=True)]


def _cost_of(family: list[psutil.Process]) -> Cost:
    return Cost(sum(_each(family, _cpu_s)), sum(_each(family, _switches)))


T = TypeVar("T")


def cpu_s_of(pid: int) -> float:
    """Give the CPU seconds of a process, its children and those that have ended included."""
    process = psutil.Process(pid)
    return sum(_each([process, *process.children(recursive=True)], _cpu_s))


def _each(family: list[psutil.Process], read: Callable[[psutil.Process], T]) -> Iterator[T]:
    for member in family:
        with suppress(psutil.NoSuchProcess):
            yield read(member)


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    # A child that has ended counts with its parent: PostgreSQL has one per connection.
    return float(times.user + times.system + times.children_user + times.children_system)


def _switches(process: psutil.Process) -> int:
    """Sum up over the threads of now; 0 where the kernel tells in another way than Linux."""
    total = 0
    for status in Path(f"/proc/{process.pid}/task").glob("*/status"):
        with suppress(OSError):
            lines = status.read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith(COUNTED))
    return total


def _held(process: psutil.Process) -> int:
    return int(getattr(process.memory_full_info(), "pss", 0) or process.memory_info().rss)
