"""Commands to try, as they are typed where this program runs: a hint that cannot be followed is none."""

import os
import shutil
import sys
from pathlib import Path

from rich.markup import escape
from servicekit.sentences import sentence

PLATFORM = "ORDERSTREAM_PLATFORM"
IN_A_CONTAINER = "docker compose run --rm orderstream"


def in_a_container() -> bool:
    """Return whether this program runs in a container of docker-compose.yml, and is called from outside."""
    return os.environ.get(PLATFORM) == "container"


def program() -> str:
    """Return how this program is called from here, to be put before the arguments of a command to try."""
    if in_a_container():
        return IN_A_CONTAINER
    if shutil.which("orderstream"):
        return "orderstream"
    path = Path(sys.argv[0]).absolute()
    if path.name == "__main__.py":
        return "python -m orderstream"
    here = Path.cwd()
    return escape(str(path.relative_to(here) if path.is_relative_to(here) else path))


def look_at_status() -> str:
    """Return where to look when a part of the system does not do what it should."""
    return f"Look at: {program()} status"


def no_answer(who: str, error: Exception | None = None) -> str:
    """Return a part of the system gives no answer, and where to look."""
    told = f"{who} does not answer" + (f": {str(error) or repr(error)}" if error else "")
    return f"{sentence(told)} {look_at_status()}"
