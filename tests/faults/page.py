"""Writes the tables of a run into `docs/faults.md`, each between its own two markers."""

import platform
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from faults.row import as_markdown

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
ALERTS = "alerts"
"""The table of all alerts, whichever files their trials are in."""
FIRED = re.compile(r'\bfires\("(\w+)"')


def title(path: Path) -> str:
    """What the trials of a file are called: `test_killed_processes.py` has `killed processes`."""
    return path.stem.removeprefix("test_").replace("_", " ")


def trials() -> list[Path]:
    """The files whose trials have a table."""
    files = sorted(Path(__file__).parent.glob("test_*.py"))
    return [file for file in files if re.search(r"shop: Shop, (trial|table)\b", file.read_text())]


def alerts_of_trials() -> set[str]:
    """The alerts that some trial fires."""
    files = Path(__file__).parent.glob("test_*.py")
    return {alert for file in files for alert in FIRED.findall(file.read_text())}


def marker(name: str) -> str:
    """The line after which a table stands."""
    return f"<!-- measured: {name} -->"


def write(tables: Mapping[str, Sequence[Any]]) -> None:
    """Replace the tables that were measured; the others stay as they are.

    Raises:
        ValueError: the page has no place for one of them.
    """
    text = PAGE.read_text()
    for name, rows in tables.items():
        text = _replaced(text, name, "\n".join([*as_markdown(rows), "", _measured()]))
    PAGE.write_text(text)


def _replaced(text: str, name: str, table: str) -> str:
    begin, end = marker(name), "<!-- end -->"
    place = re.compile(f"{re.escape(begin)}\n.*?{re.escape(end)}", re.DOTALL)
    if not place.search(text):
        raise ValueError(f"{PAGE} has no line {begin!r} with {end!r} after it")
    return place.sub(lambda _: f"{begin}\n{table}\n{end}", text, count=1)


def _measured() -> str:
    """When and on what; the load tells whether the machine was busy with other things too."""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {platform.system()}, {psutil.cpu_count()} cores,"
        f" {memory:.0f} GB, Python {platform.python_version()},"
        f" load average {psutil.getloadavg()[1]:.0f}."
    )
