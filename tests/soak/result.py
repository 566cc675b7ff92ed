"""What came of a soak, as tables; and their place in `docs/soak.md`."""

import platform
import re
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

PAGE = Path(__file__).parents[2] / "docs" / "soak.md"
BEGIN, END = "<!-- measured: soak -->", "<!-- end -->"


@dataclass(frozen=True, slots=True)
class Result:
    """The figures of one run; times in milliseconds, memory in MiB."""

    minutes: float
    seed: int
    rate: float
    placed: int
    accepted: int
    refused: int
    statuses: Mapping[str, int]
    reconciled: int
    unknown: int
    answer_ms: tuple[float, float]
    faults: Mapping[str, int]
    memory: Mapping[str, tuple[int, int]]
    lag: int
    audit_s: float
    audit: str

    def as_markdown(self) -> str:
        """All of it."""
        figures = {
            "duration": f"{self.minutes:.0f} min at {self.rate:.0f} orders/s, seed {self.seed}",
            "orders placed": self.placed,
            "accepted": self.accepted,
            "refused": self.refused,
            **{name: self.statuses[name] for name in sorted(self.statuses)},
            "answers that were unknown at first, reconciled": self.reconciled,
            "answers that are unknown still": self.unknown,
            "accepted after, p50 / p99": f"{self.answer_ms[0]:.0f} / {self.answer_ms[1]:.0f} ms",
            "records not consumed at the end": self.lag,
            f"audit, {self.audit_s:.0f} s": self.audit,
        }
        faults = {name: self.faults[name] for name in sorted(self.faults)}
        memory = {name: f"{before} → {after} MiB" for name, (before, after) in self.memory.items()}
        return "\n\n".join(
            [
                _table(("", "figure"), figures),
                _table(("fault", "times"), {**faults, "together": sum(faults.values())}),
                _table(("process", "memory at the start and at the end"), memory),
                _measured(),
            ]
        )


def percentiles(values: list[float]) -> tuple[float, float]:
    """The median and the 99th percentile; none of too few values."""
    if len(values) < 2:  # quantiles need two
        return 0.0, 0.0
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return cuts[49], cuts[98]


def write(result: Result) -> None:
    """Put the tables into the page, between its markers."""
    text = PAGE.read_text()
    place = re.compile(f"{re.escape(BEGIN)}\n.*?{re.escape(END)}", re.DOTALL)
    if not place.search(text):
        raise ValueError(f"{PAGE} has no line {BEGIN!r} with {END!r} after it")
    PAGE.write_text(place.sub(lambda _: f"{BEGIN}\n{result.as_markdown()}\n{END}", text))


def _table(head: tuple[str, str], rows: Mapping[str, object]) -> str:
    lines = [f"| {head[0]} | {head[1]} |", "| --- | ---: |"]
    return "\n".join(lines + [f"| {name} | {value} |" for name, value in rows.items()])


def _measured() -> str:
    total = psutil.virtual_memory().total / 2**30
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {platform.system()}, {psutil.cpu_count()} cores,"
        f" {total:.0f} GB, Python {platform.python_version()}."
    )
