"""All maps and canvases, drawn from what the services register: written to where they belong, or compared.

Maps are the only part of this tool that imports services: no file may know the whole flow of events, so
its picture is put together from each service's own handlers, lifecycle and commands.
"""

from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from orderstream.maps import canvases, dashboard, log_lines, metrics, pictures, tables

PAGES = {
    "choreography.md": pictures.draw_choreography,
    "lifecycles.md": pictures.draw_lifecycles,
    "topics.md": tables.draw_topics,
    "commands.md": tables.draw_commands,
    "sequence.md": pictures.draw_sequence,
    "log-lines.md": log_lines.draw,
    "metrics.md": metrics.draw,
}


@dataclass(frozen=True, slots=True)
class Stale:
    """A map that differs from the code: the lines that it lacks, and the outdated ones."""

    name: str
    missing: list[str]
    outdated: list[str]


def write(folder: Path) -> list[Path]:
    """Draw every map and canvas; returns those that were new or changed."""
    changed = []
    for path, drawn in _drawn(folder).items():
        if not path.exists() or path.read_text() != drawn:
            path.write_text(drawn)
            changed.append(path)
    return changed


def compare(folder: Path) -> list[Stale]:
    """Return the maps and canvases that the code has outgrown."""
    found = (_compare(path, drawn) for path, drawn in _drawn(folder).items())
    return [stale for stale in found if stale is not None]


def _drawn(folder: Path) -> dict[Path, str]:
    """Return every map of this folder, and what else is drawn in the checkout whose `docs/maps` it is."""
    maps, root = (
        {folder / name: draw() for name, draw in PAGES.items()},
        folder.resolve().parents[1],
    )
    return maps | canvases.draw(root) | metrics.rules(root) | dashboard.files(root)


def _compare(path: Path, drawn: str) -> Stale | None:
    there = path.read_text() if path.exists() else ""
    if there == drawn:
        return None
    lines = list(unified_diff(there.splitlines(), drawn.splitlines(), lineterm="", n=0))[2:]
    return Stale(
        path.name if path.name in PAGES else f"{path.parent.name}/{path.name}",
        missing=[line[1:] for line in lines if line.startswith("+")],
        outdated=[line[1:] for line in lines if line.startswith("-")],
    )
