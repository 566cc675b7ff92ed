"""Whole systems that all workers of a test run share: whoever comes first starts one."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from e2e.shelves import write_seed_file
from stack import (
    Process,
    Settings,
    System,
    all_processes,
    down,
    find,
    free_ports,
    load,
    running,
    up,
    wipe,
)
from testkit.stores.choosing import folder
from testkit.stores.embedded import SYSTEM
from testkit.stores.looping import in_own_loop
from testkit.stores.starting import locked, one_failure
from testkit.waiting import TIMEOUT_S


def shared_system(
    name: str, processes: Callable[[Settings], Sequence[Process]] = all_processes, **chosen: object
) -> System:
    """The system of this name, started unless another worker has done so; `chosen` are its settings.

    Raises:
        StepFailedError: it does not start. Later tests that ask are skipped: one failure reports it.
    """
    with _record(name) as record:
        if record.exists():
            return running(Path(record.read_text()))
        with one_failure(record.with_suffix(".failed"), name):
            return _start(record, processes, chosen)


def shared_systems() -> list[System]:
    """All that this test run has started and that still run."""
    found = [find(Path(record.read_text())) for record in folder().glob(f"*{SYSTEM}")]
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
    made = Path(tempfile.mkdtemp(prefix="orderstream-e2e-"))
    made.chmod(0o755)
    return made


@contextmanager
def _record(name: str) -> Iterator[Path]:
    """The file that says where the system of this name is, once it runs; it is locked meanwhile."""
    path = folder() / f"{name.replace(' ', '-')}{SYSTEM}"
    with locked(path.with_suffix(".lock")):
        yield path


def _start(
    record: Path,
    processes: Callable[[Settings], Sequence[Process]],
    chosen: dict[str, object],
) -> System:
    place = make_folder()
    settings = load(
        state_dir=place / "state",
        seed_file=write_seed_file(place / "seed.json"),
        start_seconds=TIMEOUT_S,
        **free_ports(),
        **({"rate_limit_scale": 0, "instances": 2} | chosen),
    )
    record.write_text(str(settings.state_dir))  # whatever happens now, it is to be stopped
    try:
        return in_own_loop(up(settings, processes(settings)))
    except BaseException:
        record.unlink()
        raise
