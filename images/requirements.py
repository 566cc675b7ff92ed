"""Which packages an image needs: those of this repository, and what they in turn need from outside.

    python images/requirements.py FOLDER orderstream-payment

writes `FOLDER/external`, for pip and constraints.txt, and `FOLDER/own`, folders of this repository.
Dependencies come before code in an image, so that a change of code costs little: this reads no more
than the pyproject.toml files.
"""

import argparse
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NAME = re.compile(r"[A-Za-z0-9._-]+")


def packages() -> dict[str, tuple[Path, list[str]]]:
    """Every package of the repository by name: its folder and its requirements."""
    found = {}
    for file in sorted(ROOT.glob("*/*/pyproject.toml")):
        project = tomllib.loads(file.read_text())["project"]
        found[project["name"]] = (file.parent, project["dependencies"])
    return found


def closure(wanted: Iterable[str]) -> tuple[list[Path], list[str]]:
    """The folders of the packages, of ours that they need, and what all of these need from outside.

    Raises:
        KeyError: a package is none of ours.
    """
    there, own, external = packages(), {}, set()
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name not in own:
            own[name], requirements = there[name]
            ours = {one for one in requirements if NAME.match(one)[0] in there}
            waiting += sorted(ours)
            external |= set(requirements) - ours
    return sorted(own.values()), sorted(external)


def main() -> None:
    """Write the two lists."""
    parser = argparse.ArgumentParser(description="Write which packages an image needs.")
    parser.add_argument("folder", type=Path, help="where the lists are written")
    parser.add_argument("packages", nargs="+", metavar="PACKAGE", help="such as orderstream-order")
    given = parser.parse_args()
    unknown = set(given.packages) - packages().keys()
    if unknown:
        parser.error(f"no package is called {', '.join(sorted(unknown))}")
    own, external = closure(given.packages)
    given.folder.mkdir(parents=True, exist_ok=True)
    (given.folder / "own").write_text("".join(f"{folder}\n" for folder in own))
    (given.folder / "external").write_text("".join(f"{one}\n" for one in external))


if __name__ == "__main__":
    main()
