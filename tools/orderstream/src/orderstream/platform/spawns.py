"""What supervisord has started, read from its log: how often, and which process ids."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil

STARTED = re.compile(r"^(?P<at>\S+ \S+) INFO supervisord started with pid (?P<pid>\d+)$")
SPAWNED = re.compile(r"^(?P<at>\S+ \S+) INFO spawned: '(?P<name>[^']+)' with pid (?P<pid>\d+)$")
STOPPED = re.compile(r"^\S+ \S+ (INFO|WARN) stopped: (?P<name>\S+) \(.*\)$")
TIME = "%Y-%m-%d %H:%M:%S,%f"
# A process is made shortly before the line about it; ids are used again only much later.
TOLERANCE_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Spawn:
    """One start of one process; `at` in seconds since the epoch.

    It is started `again` when it has ended without having been told to.
    """

    name: str
    pid: int
    at: float
    again: bool = False

    def process(self) -> psutil.Process | None:
        """The process if it is still the one that was started then."""
        try:
            process = psutil.Process(self.pid)
            alive = process.is_running() and process.status() != psutil.STATUS_ZOMBIE
            same = abs(process.create_time() - self.at) < TOLERANCE_SECONDS
        except psutil.NoSuchProcess:
            return None
        return process if alive and same else None


def spawns(daemon_log: Path) -> list[Spawn]:
    """Every start since the daemon itself began, the daemon (named `supervisord`) first."""
    if not daemon_log.exists():
        return []
    found: list[Spawn] = []
    running: set[str] = set()
    for line in daemon_log.read_text(errors="replace").splitlines():
        if match := STARTED.match(line):
            found = [Spawn("supervisord", int(match["pid"]), seconds(match["at"]))]
        elif match := SPAWNED.match(line):
            name = match["name"]
            found.append(Spawn(name, int(match["pid"]), seconds(match["at"]), name in running))
            running.add(name)
        elif match := STOPPED.match(line):
            running.discard(match["name"])
    return found


def restarts(found: list[Spawn], name: str) -> int:
    """How often a process was started again by itself."""
    return sum(spawn.name == name and spawn.again for spawn in found)


def seconds(stamp: str) -> float:
    """A moment as the daemon writes it, since the epoch."""
    return datetime.strptime(stamp, TIME).astimezone().timestamp()  # the daemon logs local time
