"""Who does not stay up, read from the daemon's log: how often in a row, and how the last time."""

import re
from dataclasses import dataclass
from pathlib import Path

from orderstream.daemon import STAYS_UP_S
from orderstream.platform.spawns import SPAWNED, STOPPED, seconds

EXITED = re.compile(r"^(?P<at>\S+ \S+) \w+ exited: (?P<name>\S+) \((?P<how>.*); .*expected\)$")
CANNOT_START = "exit status 2"
"""How a process ends that lacks a setting or a port: it says why in one line, and needs somebody."""
TOO_OFTEN = 3


@dataclass(frozen=True, slots=True)
class Deaths:
    """How often in a row a process has died soon after it was started, and how it ended last."""

    in_a_row: int = 0
    how: str = ""

    def is_failing(self, lives_s: float | None) -> bool:
        """Whether somebody should look at it; `lives_s` says for how long it has been running."""
        if self.in_a_row == 0 or (lives_s is not None and lives_s >= STAYS_UP_S):
            return False
        return self.in_a_row >= TOO_OFTEN or (self.how == CANNOT_START and lives_s is None)


def deaths(daemon_log: Path) -> dict[str, Deaths]:
    """The deaths of every process that has died, since the daemon began."""
    found: dict[str, Deaths] = {}
    began: dict[str, float] = {}
    if not daemon_log.exists():
        return found
    for line in daemon_log.read_text(errors="replace").splitlines():
        if match := SPAWNED.match(line):
            began[match["name"]] = seconds(match["at"])
        elif match := STOPPED.match(line):
            found.pop(match["name"], None)
        elif match := EXITED.match(line):
            name = match["name"]
            lived = seconds(match["at"]) - began.get(name, 0)
            before = found.get(name, Deaths()).in_a_row
            found[name] = Deaths(before + 1 if lived < STAYS_UP_S else 0, match["how"])
    return found
