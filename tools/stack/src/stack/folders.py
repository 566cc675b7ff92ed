"""Where everything of one running system lies on disk, written whole and changed by one at a time."""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from launcher.environment import PREFIX

from stack.errors import SettingsError, StackError
from stack.log_lines import shown


def write_whole(file: Path, content: bytes | str, mode: int = 0o644) -> None:
    """Write a file of these permissions, in the place of one that is there."""
    unfinished = file.with_name(f"{file.name}.{os.getpid()}")
    unfinished.touch(mode=0o600)
    unfinished.write_bytes(content.encode() if isinstance(content, str) else content)
    unfinished.chmod(mode)
    unfinished.replace(file)


# The kernel's limit is 104 (macOS) to 108 bytes, and servers add suffixes of their own.
LONGEST_SOCKET_FOLDER = 70
BLOCK = 64 * 1024


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
        """Return a broker's configuration and log segments."""
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
        """Return where the instances are listed whose ports this setting moves: `order_api_port`."""
        return self.state / "listings" / setting.removesuffix("_port").replace("_", "-")

    @property
    def secrets(self) -> Path:
        """What processes are told by file, a folder for each kind of reader."""
        return self.state / "secrets"

    def log_of(self, process: str) -> Path:
        """Return where a process's output goes."""
        return self.logs / f"{process}.log"

    def create(self) -> None:
        """Make the folders that are not there yet.

        Raises:
            SettingsError: the state folder cannot be written.
        """
        try:
            self._create()
        except OSError as error:
            reason = f"cannot be written: {error.strerror}"
            raise SettingsError(f"{PREFIX}STATE_DIR={self.state}: {reason}") from None

    def _create(self) -> None:
        for folder in (self.state, self.logs, self.data):
            folder.mkdir(parents=True, exist_ok=True)
        self.sockets.mkdir(parents=True, exist_ok=True)
        # Keys, names, addresses, mails: whatever the umask is, they are the owner's alone.
        self.state.chmod(0o700)
        self.sockets.chmod(0o700)


def last_lines(log: Path, count: int) -> list[str]:
    """Return the end of a log as people read it, without reading all of it."""
    if not log.exists():
        return []
    with log.open("rb") as file:
        lines = _tail(file, count)
    return [part for line in lines for part in shown(log.stem, line).splitlines()][-count:]


def _tail(file: BinaryIO, count: int) -> list[str]:
    """Return the last lines of an open file, whole."""
    start = file.seek(0, os.SEEK_END)
    read = b""
    while start > 0 and read.count(b"\n") <= count:
        block = min(BLOCK, start)
        start -= block
        file.seek(start)
        read = file.read(block) + read
    return read.decode(errors="replace").removesuffix("\n").split("\n")[-count:]


class ChangeUnderWayError(StackError):
    """The system is being started, scaled or reset by somebody else."""


@contextmanager
def only_change(folders: Folders) -> Iterator[None]:
    """Keep everybody else from changing the system for as long as the block lasts.

    Raises:
        ChangeUnderWayError: somebody is at it.
    """
    with (folders.state / "change.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ChangeUnderWayError(
                f"The system in {folders.state} is being started, scaled or reset. "
                "Try again when that is done."
            ) from None
        yield
