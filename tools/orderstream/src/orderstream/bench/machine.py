"""How much of the machine's CPU was spent by others than the system and the bench."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass

import psutil
from stack import System

from orderstream.bench.costs import Cost, read_costs

FOREIGN_MOST = 0.05
"""Share of the machine's CPU from which a run is thrown out: its figures would be the others'."""


@dataclass(frozen=True, slots=True)
class Look:
    """The machine at one moment: CPU seconds that it was busy for, and those of each process of ours."""

    at: float
    busy_s: float
    costs: Mapping[str, Cost]


def look(system: System) -> Look:
    """Look at the machine and at every process of ours."""
    return Look(time.monotonic(), busy_s(), read_costs(system))


def busy_s() -> float:
    """Give the CPU seconds that anybody has used of this machine.

    Interrupts belong to no process, ours or other, and are left out. What the host has taken from
    a virtual machine counts: it is missing like any other.
    """
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + getattr(times, "steal", 0.0))


def foreign_share(before: Look, after: Look) -> float:
    """Give the share of all cores' time that others have used between two looks."""
    there = [name for name in before.costs if name in after.costs]
    ours = sum(after.costs[name].cpu_s - before.costs[name].cpu_s for name in there)
    capacity = (after.at - before.at) * (os.cpu_count() or 1)
    return max(0.0, (after.busy_s - before.busy_s - ours) / capacity) if capacity else 0.0
