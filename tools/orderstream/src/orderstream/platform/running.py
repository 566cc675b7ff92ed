"""The record of a system that was started: what every later command finds it by."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from orderstream.platform.folders import Folders
from orderstream.platform.process import Process
from orderstream.platform.process_state import ProcessState
from orderstream.platform.settings import Settings
from orderstream.platform.supervisor import Supervisor


class NotUpError(RuntimeError):
    """No system runs in the state folder."""


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
        """One process by name.

        Raises:
            ValueError: there is none of that name.
        """
        for process in self.processes:
            if process.name == name:
                return process
        known = ", ".join(process.name for process in self.processes)
        raise ValueError(f"no process is called {name}; there are: {known}")

    def url(self, name: str) -> str:
        """The HTTP address of a process such as `gateway`.

        Raises:
            ValueError: there is none of that name, or it speaks no HTTP.
        """
        url = self.process(name).url
        if url is None:
            raise ValueError(f"{name} does not speak HTTP")
        return url

    def states(self) -> dict[str, ProcessState]:
        """What the supervisor knows of every process."""
        return Supervisor(self.folders).states()

    def save(self) -> None:
        """Write the record; only its owner may read it, for it holds the sealing key."""
        self.folders.running.touch(mode=0o600)
        self.folders.running.write_bytes(_RECORD.dump_json(self, indent=1))


_RECORD = TypeAdapter(System)


def find(state_dir: Path) -> System | None:
    """The system that runs in a state folder, or None."""
    folders = Folders(state_dir)
    if not folders.running.exists() or not Supervisor(folders).is_running():
        return None
    return _RECORD.validate_json(folders.running.read_bytes())


def running(state_dir: Path) -> System:
    """The system that runs in a state folder.

    Raises:
        NotUpError: with the command that starts it.
    """
    system = find(state_dir)
    if system is None:
        raise NotUpError("The system is not up. Start it with: make up")
    return system
