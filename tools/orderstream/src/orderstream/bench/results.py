"""The figures of one bench, in memory and in a file."""

import json
import os
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from audit import Report

from orderstream.bench.floor import Simplest
from orderstream.bench.load import Mix
from orderstream.bench.trial import Trial
from orderstream.bench.warming import WarmUp
from orderstream.errors import CommandError

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be measured, how long and how often; `orders_before` are in the databases at first."""

    rates: Sequence[float]
    seconds: float
    repeats: int = 1
    mix: Mix = field(default_factory=Mix)
    warm_up_s: float = 240.0
    with_peers: bool = False
    orders_before: int = 0


@dataclass(frozen=True, slots=True)
class Series:
    """Every rate once, with the floor and the peers of the same minutes."""

    trials: Sequence[Trial]
    floor: Simplest
    peers: Mapping[str, Simplest]

    def as_json(self) -> dict[str, Any]:
        """Give it as a document."""
        return {
            "floor": self.floor.as_json(),
            "peers": {name: one.as_json() for name, one in self.peers.items()},
            "trials": [one.as_json() for one in self.trials],
        }


@dataclass(frozen=True, slots=True)
class BenchResult:
    """All series of a run, with the verdict of the audit at its end."""

    plan: Plan
    started_at: datetime
    warm_up: WarmUp
    series: Sequence[Series]
    idle_memory: Mapping[str, int]
    audit: Report

    @property
    def trials(self) -> list[Trial]:
        """Every trial of every series."""
        return [trial for one in self.series for trial in one.trials]

    def as_json(self) -> dict[str, Any]:
        """Give it as a document."""
        return {
            "format": FORMAT,
            "started_at": self.started_at.isoformat(),
            "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
            "plan": asdict(self.plan),
            "warm_up": asdict(self.warm_up),
            "series": [one.as_json() for one in self.series],
            "idle_memory_bytes": dict(self.idle_memory),
            "audit": {"clean": self.audit.clean, "summary": self.audit.summary},
        }


def write(result: BenchResult, file: Path) -> None:
    """Keep the figures in a file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(result.as_json(), indent=1) + "\n")


def new_file(folder: Path) -> Path:
    """Name a file by the time."""
    return folder / f"{time.strftime('%Y%m%d-%H%M%S')}.json"


def read(file: Path) -> dict[str, Any]:
    """Read the figures of a run from its file.

    Raises:
        CommandError: it is no such file, or of another version.
    """
    try:
        document = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise CommandError(f"{file} cannot be read as figures of a bench: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise CommandError(f"{file} does not hold figures of this version of the bench.")
    return document
