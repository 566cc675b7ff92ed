"""Whole systems that all workers of a test run share: whoever comes first starts one."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from e2e.shelves import write_seed_file
from orderstream.platform import (
    Process,
    Settings,
    StepFailedError,
    System,
    down,
    find,
    free_ports,
    load,
    running,
    topology,
    up,
    wipe,
)

START_S = 300
"""A busy machine is no failure."""


async def shared_system(
    name: str, processes: Callable[[Settings], Sequence[Process]] = topology, **chosen: object
) -> System:
    """The system of this name, started unless another worker has done so; `chosen` are its settings.

    Raises:
        StepFailedError: it does not start. Whoever asks after that is skipped: one failure tells it.
    """
    with _record(name) as record:
        if record.is_started:
            return running(record.state_dir)
        if record.has_failed:
            pytest.skip(f"{name} did not start: the first test that asked for it tells why")
        return await _start(record, processes, chosen)


def shared_systems() -> list[System]:
    """All that this test run has started and that still run."""
    found = [find(_Record(path).state_dir) for path in _folder().glob("*.system")]
    return [system for system in found if system is not None]


async def end(system: System, *, keep: bool) -> None:
    """Stop a system of this test run; unless its data and logs are to be kept, forget it."""
    await down(system.settings.state_dir)
    if not keep:
        await wipe(system.settings.state_dir)
        shutil.rmtree(folder_of(system))


def folder_of(system: System) -> Path:
    """Where the tests keep what is theirs about a system, beside its own state."""
    return system.settings.state_dir.parent


def make_folder() -> Path:
    """A folder for a system of tests, into which PostgreSQL's own user must get."""
    folder = Path(tempfile.mkdtemp(prefix="orderstream-e2e-"))
    folder.chmod(0o755)
    return folder


class _Record:
    """Where a system is, once it is started, or that it did not start."""

    def __init__(self, path: Path) -> None:
        self._path = path
        told = path.read_text() if path.exists() else ""
        self.is_started = bool(told)
        self.has_failed = path.exists() and not told
        self.state_dir = Path(told)

    def note(self, state_dir: Path | None) -> None:
        self._path.write_text(str(state_dir or ""))


@contextmanager
def _record(name: str) -> Iterator[_Record]:
    path = _folder() / f"{name.replace(' ', '-')}.system"
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield _Record(path)


async def _start(
    record: _Record,
    processes: Callable[[Settings], Sequence[Process]],
    chosen: dict[str, object],
) -> System:
    folder = make_folder()
    settings = load(
        state_dir=folder / "state",
        seed_file=write_seed_file(folder / "seed.json"),
        start_seconds=START_S,
        **free_ports(),
        **({"rate_limit_scale": 0, "instances": 2} | chosen),
    )
    try:
        system = await up(settings, processes(settings))
    except StepFailedError:
        record.note(None)
        raise
    record.note(settings.state_dir)
    return system


def _folder() -> Path:
    return Path(os.environ["ORDERSTREAM_TEST_FOLDER"])
