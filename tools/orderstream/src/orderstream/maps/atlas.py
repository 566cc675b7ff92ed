"""All maps: written to a folder, or compared with what lies there."""

from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from orderstream.maps import choreography, commands, lifecycles, topics

PAGES = {
    "choreography.md": choreography.draw,
    "lifecycles.md": lifecycles.draw,
    "topics.md": topics.draw,
    "commands.md": commands.draw,
}


@dataclass(frozen=True, slots=True)
class Stale:
    """A map that is not what the code says: the lines that it lacks, and those it has too many."""

    name: str
    missing: list[str]
    outdated: list[str]


def write(folder: Path) -> list[Path]:
    """Draw every map; returns those that were new or changed."""
    changed = []
    for name, draw in PAGES.items():
        path, drawn = folder / name, draw()
        if not path.exists() or path.read_text() != drawn:
            path.write_text(drawn)
            changed.append(path)
    return changed


def compare(folder: Path) -> list[Stale]:
    """The maps that the code has outgrown."""
    found = (_compare(folder / name, draw()) for name, draw in PAGES.items())
    return [stale for stale in found if stale is not None]


def _compare(path: Path, drawn: str) -> Stale | None:
    there = path.read_text() if path.exists() else ""
    if there == drawn:
        return None
    lines = list(unified_diff(there.splitlines(), drawn.splitlines(), lineterm="", n=0))[2:]
    return Stale(
        path.name,
        missing=[line[1:] for line in lines if line.startswith("+")],
        outdated=[line[1:] for line in lines if line.startswith("-")],
    )
