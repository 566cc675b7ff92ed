"""What the processes of the system cost: CPU seconds and memory, children included."""

from collections.abc import Mapping
from dataclasses import dataclass

import psutil

from orderstream.platform import System


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds used so far and resident bytes now."""

    cpu_s: float
    rss: int


async def read_costs(system: System) -> dict[str, Cost]:
    """The cost of every process, by its name; the measuring process itself is `load`."""
    costs = {"load": _cost_of(psutil.Process())}
    for name, state in system.states().items():
        if state.pid:
            costs[name] = _cost_of(psutil.Process(state.pid), children=True)
    return costs


def spent_ms_per_order(
    before: Mapping[str, Cost], after: Mapping[str, Cost], orders: int
) -> dict[str, float]:
    """CPU milliseconds per order of each process."""
    return {
        name: (after[name].cpu_s - cost.cpu_s) * 1000 / orders
        for name, cost in before.items()
        if name in after and orders
    }


def _cost_of(process: psutil.Process, *, children: bool = False) -> Cost:
    family = [process, *(process.children(recursive=True) if children else [])]
    cpu_s, rss = 0.0, 0
    for member in family:
        try:
            times = member.cpu_times()
            # A child that has ended counts with its parent: PostgreSQL has one per connection.
            cpu_s += times.user + times.system
            if children:
                cpu_s += times.children_user + times.children_system
            rss += getattr(member.memory_full_info(), "pss", 0) or member.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return Cost(cpu_s, rss)
