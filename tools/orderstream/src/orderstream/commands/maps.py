"""`orderstream maps`: draw the maps of the choreography from the code, or see whether they are true."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orderstream.errors import CommandError
from orderstream.formatting import console

if TYPE_CHECKING:
    from orderstream.maps.atlas import Stale

EXAMPLES = ("maps", "maps --check   # exit code 1 if the code has outgrown them")
SHOWN_LINES = 6


def run(
    *,
    check: Annotated[bool, typer.Option("--check", help="Compare only; write nothing.")] = False,
    folder: Annotated[Path, typer.Option(help="Where the maps lie.")] = Path("docs/maps"),
) -> None:
    """Draw docs/maps from the services' handlers, lifecycles and commands."""
    if not folder.is_dir():
        raise CommandError(
            f"There is no folder {folder} here. Run this in the repository, or name a --folder."
        )
    from orderstream.maps.atlas import compare, write  # noqa: PLC0415  # imports every service: a second

    if not check:
        for path in write(folder):
            console().print(f"drawn: {path}")
        return
    stale = compare(folder)
    for one in stale:
        console().print(_told(one), markup=False, highlight=False)
    if stale:
        raise CommandError("The code has outgrown these maps. Draw them again: orderstream maps")


def _told(stale: "Stale") -> str:
    counts = f"{stale.name}: {len(stale.missing)} lines to add, {len(stale.outdated)} to remove"
    changes = [f"  - {line}" for line in stale.outdated] + [f"  + {line}" for line in stale.missing]
    shown = changes[:SHOWN_LINES]
    more = [f"  ... and {len(changes) - len(shown)} more"] if len(changes) > len(shown) else []
    return "\n".join([counts, *shown, *more])
