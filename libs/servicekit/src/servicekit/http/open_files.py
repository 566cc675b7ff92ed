"""How many connections a process may have, by how many files it may have open.

A process that has opened as many files as it may cannot even refuse a connection: it is reset.
"""

import resource
from dataclasses import dataclass

import structlog

from servicekit.startup import CannotStartError

log = structlog.get_logger(__name__)
BESIDE = 300
"""What else is open: logs, pools of connections to databases, brokers and upstreams."""
BACKLOG = 2048
"""How many connections may be accepted at once, before the first of them can be rejected."""
FEWEST = 600


@dataclass(frozen=True, slots=True)
class Room:
    """The most connections there may be, and how many more may wait to be accepted."""

    connections: int
    backlog: int


def make_room(wanted: int) -> Room:
    """Raise the limit of open files as far as connections need it and as the machine allows.

    Raises:
        CannotStartError: hardly any file may be opened.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + BACKLOG + BESIDE
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    files = needed if soft == resource.RLIM_INFINITY else soft
    if files < FEWEST:
        raise CannotStartError(
            f"only {files} files may be open, and {FEWEST} have to: raise the limit (ulimit -n)"
        )
    room = divide(files, wanted)
    if room.connections < wanted:
        log.warning("open_files_limit_too_low", **_told(room, files))
    return room


def divide(files: int, wanted: int) -> Room:
    """Share out files between connections, those that wait to be taken, and everything else."""
    left = files - BESIDE
    backlog = min(BACKLOG, left // 3)
    return Room(min(wanted, left - backlog), backlog)


def _told(room: Room, files: int) -> dict[str, int]:
    return {"connections": room.connections, "files": files}
