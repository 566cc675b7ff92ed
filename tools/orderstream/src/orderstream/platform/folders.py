"""Where everything of one running system lies on disk."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

# The kernel's limit is 104 (macOS) to 108 bytes, and servers add suffixes of their own.
LONGEST_SOCKET_FOLDER = 70


@dataclass(frozen=True, slots=True)
class Folders:
    """The layout of a state folder."""

    state: Path

    @property
    def logs(self) -> Path:
        """One `NAME.log` per process."""
        return self.state / "logs"

    @property
    def data(self) -> Path:
        """What the simulators keep, one folder each."""
        return self.state / "data"

    def kafka(self, name: str) -> Path:
        """A broker's configuration and log segments."""
        return self.state / name

    @property
    def sockets(self) -> Path:
        """Unix sockets: in the state folder, or in a short path when that would be too long."""
        preferred = self.state / "run"
        if len(os.fsencode(preferred)) <= LONGEST_SOCKET_FOLDER:
            return preferred
        return Path(tempfile.gettempdir()) / f"orderstream-{os.getuid()}-{self.fingerprint}"

    @property
    def supervisor_socket(self) -> Path:
        """Where supervisord is spoken to."""
        return self.sockets / "supervisor.sock"

    @property
    def supervisor_pid(self) -> Path:
        """Written by supervisord while it runs."""
        return self.state / "supervisord.pid"

    @property
    def supervisor_config(self) -> Path:
        """What supervisord was started with."""
        return self.state / "supervisord.conf"

    @property
    def running(self) -> Path:
        """The settings that the running system was started with."""
        return self.state / "running.json"

    @property
    def fingerprint(self) -> str:
        """A short name for this state folder, the same every time."""
        return hashlib.sha256(os.fsencode(self.state)).hexdigest()[:10]

    def listing(self, setting: str) -> Path:
        """Where the instances are listed whose ports this setting moves: `order_api_port`."""
        return self.state / "listings" / setting.removesuffix("_port").replace("_", "-")

    def log_of(self, process: str) -> Path:
        """Where a process's output goes."""
        return self.logs / f"{process}.log"

    def create(self) -> None:
        """Make the folders that are not there yet."""
        for folder in (self.state, self.logs, self.data):
            folder.mkdir(parents=True, exist_ok=True)
        self.sockets.mkdir(parents=True, exist_ok=True)
        # Started by root, PostgreSQL runs as another user, who must pass through.
        self.state.chmod(0o755)
        self.sockets.chmod(0o755)


def last_lines(log: Path, count: int) -> list[str]:
    """The end of a log, without reading all of it."""
    if not log.exists():
        return []
    with log.open("rb") as file:
        return tail(file, count).splitlines()


def tail(file: BinaryIO, count: int) -> str:
    """The last lines of an open file, which is then at its end."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 400 * count))
    return "".join(file.read().decode(errors="replace").splitlines(keepends=True)[-count:])
