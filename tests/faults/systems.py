"""The systems that faults are tried on, two at a time: a short one with three brokers, two others."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from e2e.systems import shared_system
from stack import Process, Settings, System, all_processes

ONE, OTHER, THREE = "one broker", "another with one broker", "three brokers"
ON_THREE = frozenset({"test_brokers"})
ON_OTHER = frozenset(
    {"test_database", "test_kafka_away", "test_outside", "test_records", "test_zombies"}
)
"""As much as together with the three brokers takes as long as all the rest."""
LATENCIES = {
    "psp_latency_ms_min": 100,
    "psp_latency_ms_max": 300,
    "carrier_latency_ms_min": 50,
    "carrier_latency_ms_max": 150,
}
"""The outside world takes long enough to be interrupted."""
TRACED = 0.1
"""As a busy shop would have it: two systems share two cores with each other and their load."""


def group_of(file: Path) -> str:
    """On which of them the trials of a file are."""
    if file.stem in ON_THREE:
        return THREE
    return OTHER if file.stem in ON_OTHER else ONE


def system_of(group: str) -> System:
    """Two instances of every worker; each process dies at a point when `order_to_die` is given."""
    brokers = 3 if group == THREE else 1
    return shared_system(group, _mortal, brokers=brokers, trace_ratio=TRACED, **LATENCIES)


def order_to_die(system: System, name: str, point: str) -> None:
    """Have a process die at a point, `after-commit:3` the third time that it comes to it."""
    file = _orders(system.settings, name)
    draft = file.with_suffix(".draft")
    draft.write_text(point)
    draft.rename(file)


def _mortal(settings: Settings) -> Sequence[Process]:
    return [_obedient(settings, one) for one in all_processes(settings)]


def _obedient(settings: Settings, process: Process) -> Process:
    orders = {"CRASH_AT": f"@{_orders(settings, process.name)}"}
    return replace(process, environment={**process.environment, **orders})


def _orders(settings: Settings, name: str) -> Path:
    return settings.state_dir.parent / f"{name}.die"
