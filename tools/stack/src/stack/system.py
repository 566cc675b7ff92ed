"""The record of a system that was started: what every later command finds it by."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from stack.errors import StackError
from stack.folders import Folders, write_whole
from stack.process import Process
from stack.settings import Settings
from stack.supervisor import ProcessState, Supervisor

LONGEST = 200


class NotUpError(StackError):
    """No system runs in the state folder."""


class UnreadableRecordError(StackError):
    """What a start has written down about itself was changed, or is of another version."""


@dataclass(frozen=True, slots=True)
class System:
    """A running system: the settings and processes that it was started with."""

    settings: Settings
    processes: tuple[Process, ...]

    @property
    def folders(self) -> Folders:
        """Where its files are."""
        return Folders(self.settings.state_dir)

    def process(self, name: str) -> Process:
        """Return one process by name.

        Raises:
            ValueError: there is none of that name.
        """
        for process in self.processes:
            if process.name == name:
                return process
        known = ", ".join(process.name for process in self.processes)
        raise ValueError(f"no process is called {name}; there are: {known}")

    def url(self, name: str) -> str:
        """Return the HTTP address of a process such as `gateway`.

        Raises:
            ValueError: there is none of that name, or it speaks no HTTP.
        """
        url = self.process(name).url
        if url is None:
            raise ValueError(f"{name} does not speak HTTP")
        return url

    def states(self) -> dict[str, ProcessState]:
        """Return what the supervisor knows of every process."""
        return Supervisor(self.folders).states()

    def save(self) -> None:
        """Write the record; only its owner may read it, for it holds the settings."""
        write_whole(self.folders.running, _RECORD.dump_json(self, indent=1), mode=0o600)


_RECORD = TypeAdapter(System)


def find(state_dir: Path) -> System | None:
    """Return the system that runs in a state folder, or None.

    Raises:
        UnreadableRecordError: one runs, and how it was started cannot be read.
    """
    folders = Folders(state_dir)
    if not folders.running.exists() or not Supervisor(folders).is_running():
        return None
    try:
        return _RECORD.validate_json(folders.running.read_bytes())
    except (OSError, ValueError) as error:
        what = " ".join(str(error).split())[:LONGEST]
        raise UnreadableRecordError(
            f"{folders.running} cannot be read, which says what runs: {what}. "
            "Stop it, and start it again: make down, make up"
        ) from None


def running(state_dir: Path) -> System:
    """Return the system that runs in a state folder.

    Raises:
        NotUpError: with the command that starts it.
    """
    system = find(state_dir)
    if system is None:
        raise NotUpError("The system is not up. Start it with: make up")
    return system


def reach(settings: Settings) -> System:
    """Return the system that the settings name: natively the one that was started from the state folder.

    Containers are taken as the settings describe them; whether they run shows when they are asked.

    Raises:
        NotUpError: natively nothing runs; with the command that starts it.
    """
    if settings.platform == "native":
        return running(settings.state_dir)
    from stack.topology import all_processes  # noqa: PLC0415  # natively it is written down

    return System(settings, all_processes(settings))
