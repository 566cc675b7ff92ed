"""The supervisor's files: its configuration, one program per process, and its log of what it has started."""

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import psutil
from launcher.daemon import DAEMON, STAYS_UP_S

from stack.folders import Folders
from stack.process import Process

DAEMON_LOG = DAEMON
"""Its own log is called as it is."""
STOP_SECONDS = 10
# Few arenas keep the memory of a dozen small processes low; no request goes through a proxy.
COMMON = {
    "PYTHONUNBUFFERED": "1",
    "MALLOC_ARENA_MAX": "2",
    "NO_PROXY": "127.0.0.1,localhost",
    "no_proxy": "127.0.0.1,localhost",
}
# It is never given up: the daemon lets it wait for longer and longer instead.
RETRIES = 1_000_000_000


def configuration(processes: Sequence[Process], folders: Folders) -> str:
    """Return the whole file."""
    return "\n".join([_daemon(folders), *(_program(process, folders) for process in processes)])


def _daemon(folders: Folders) -> str:
    socket = _place(folders.supervisor_socket, folders)
    root = "user=root" if os.geteuid() == 0 else ""
    return f"""\
[unix_http_server]
file={socket}
chmod=0700

[supervisord]
logfile={_place(folders.log_of(DAEMON_LOG), folders)}
logfile_maxbytes=0
pidfile={_place(folders.supervisor_pid, folders)}
childlogdir={_place(folders.logs, folders)}
silent=true
{root}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""


def _program(process: Process, folders: Folders) -> str:
    user = f"user={process.user}" if process.user else ""
    as_group = str(process.stop_as_group).lower()
    return f"""\
[program:{process.name}]
command={_command(process.argv)}
environment={_environment(process.environment)}
directory={process.folder}
autostart=false
autorestart=true
startsecs=1
startretries={RETRIES}
stopsignal={process.stop_signal}
stopasgroup={as_group}
killasgroup={as_group}
stopwaitsecs={STOP_SECONDS}
redirect_stderr=true
stdout_logfile={_place(folders.log_of(process.name), folders)}
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=2
{user}
"""


def _environment(environment: Mapping[str, str]) -> str:
    """Write it as a query string, which the daemon takes apart: supervisord's own form has no escape for a quote."""
    return _escaped(urlencode({**COMMON, **environment}))


def _command(argv: Sequence[str]) -> str:
    """Write it as for a shell; a sign that would begin a comment behind a blank is quoted by itself."""
    return _escaped(re.sub(r"(?<=\s)(?=[;#])", "''", shlex.join(argv)))


def _place(path: Path, folders: Folders) -> str:
    """Return it as seen from the state folder, where the daemon runs: what that is called is in no file."""
    inside = path.is_relative_to(folders.state)
    return _escaped(str(path.relative_to(folders.state) if inside else path))


def _escaped(value: str) -> str:
    return value.replace("%", "%%")


BEGAN = re.compile(
    r"^(?P<at>\S+ \S+) INFO began: '(?P<name>[^']+)' with pid (?P<pid>\d+), (?P<booted>\S+) s after boot$"
)
STOPPED = re.compile(r"^\S+ \S+ (INFO|WARN) stopped: (?P<name>\S+) \(.*\)$")
TIME = "%Y-%m-%d %H:%M:%S,%f"
# A process is made shortly before the line about it; ids are used again only much later.
TOLERANCE_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Spawn:
    """One start of one process; `at` in seconds since the epoch, `booted` in seconds since the machine's boot.

    The second tells processes of one id apart, whenever the wall clock is set. It is started `again` when
    it has ended without having been told to.
    """

    name: str
    pid: int
    at: float
    booted: float
    again: bool = False

    def process(self) -> psutil.Process | None:
        """Return the process if it is still the one that was started then."""
        try:
            process = psutil.Process(self.pid)
            alive = process.is_running() and process.status() != psutil.STATUS_ZOMBIE
            since_boot = process.create_time() - psutil.boot_time()
            same = abs(since_boot - self.booted) < TOLERANCE_SECONDS
        except psutil.NoSuchProcess:
            return None
        return process if alive and same else None


def spawns(daemon_log: Path) -> list[Spawn]:
    """Return every start since the daemon itself began, the daemon (named `supervisord`) first."""
    if not daemon_log.exists():
        return []
    found: list[Spawn] = []
    running: set[str] = set()
    for line in daemon_log.read_text(errors="replace").splitlines():
        if match := BEGAN.match(line):
            name, pid = match["name"], int(match["pid"])
            if name == DAEMON:
                found, running = [], set()
            at, booted = seconds(match["at"]), float(match["booted"])
            found.append(Spawn(name, pid, at, booted, name in running))
            running.add(name)
        elif match := STOPPED.match(line):
            running.discard(match["name"])
    return found


def restarts(found: list[Spawn], name: str) -> int:
    """Return how often a process was started again by itself."""
    return sum(spawn.name == name and spawn.again for spawn in found)


def seconds(stamp: str) -> float:
    """Return a moment as the daemon writes it, since the epoch."""
    return datetime.strptime(stamp, TIME).replace(tzinfo=UTC).timestamp()  # as it is told to


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
        """Return whether somebody should look at it; `lives_s` says for how long it has been running."""
        if self.in_a_row == 0 or (lives_s is not None and lives_s >= STAYS_UP_S):
            return False
        return self.in_a_row >= TOO_OFTEN or (self.how == CANNOT_START and lives_s is None)


def deaths(daemon_log: Path) -> dict[str, Deaths]:
    """Return the deaths of every process that has died, since the daemon began."""
    found: dict[str, Deaths] = {}
    began: dict[str, float] = {}
    if not daemon_log.exists():
        return found
    for line in daemon_log.read_text(errors="replace").splitlines():
        if match := BEGAN.match(line):
            began[match["name"]] = seconds(match["at"])
        elif match := STOPPED.match(line):
            found.pop(match["name"], None)
        elif match := EXITED.match(line):
            name = match["name"]
            lived = seconds(match["at"]) - began.get(name, 0)
            before = found.get(name, Deaths()).in_a_row
            found[name] = Deaths(before + 1 if lived < STAYS_UP_S else 0, match["how"])
    return found
