import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import psutil
import pytest
from stack import (
    AlreadyUpError,
    NotUpError,
    PortInUseError,
    Process,
    Settings,
    StepFailedError,
    System,
    down,
    find,
    running,
    up,
)
from stack.folders import Folders
from stack.supervisor_files import Spawn
from testkit.processes import lives
from testkit.waiting import until

pytestmark = pytest.mark.process


@pytest.fixture
async def system(settings: Settings, site: Callable[[str], Process]) -> AsyncIterator[System]:
    yield await up(settings, [site("psp"), site("carrier")])
    await down(settings.state_dir)


def processes_of(system: System) -> list[psutil.Process]:
    return [psutil.Process(state.pid) for state in system.states().values()]


def test_without_a_system_the_command_that_starts_one_is_named(tmp_path) -> None:
    with pytest.raises(NotUpError, match="make up"):
        running(tmp_path)


async def test_a_started_system_is_found_as_it_was_started(system: System) -> None:
    assert running(system.settings.state_dir) == system
    assert {state.state for state in system.states().values()} <= {"STARTING", "RUNNING"}


async def test_what_a_system_keeps_is_its_owners_alone(system: System) -> None:
    assert system.settings.state_dir.stat().st_mode & 0o777 == 0o700
    assert Folders(system.settings.state_dir).sockets.stat().st_mode & 0o777 == 0o700


async def test_a_second_start_finds_the_first_and_leaves_it_alone(system: System) -> None:
    def pids() -> dict[str, int | None]:
        return {name: state.pid for name, state in system.states().items()}

    before = pids()
    with pytest.raises(AlreadyUpError, match="up already"):
        await up(system.settings, system.processes)
    assert pids() == before


async def test_a_killed_process_is_back_and_its_restarts_are_counted(system: System) -> None:
    before = system.states()["psp"]
    os.kill(before.pid, signal.SIGKILL)

    def is_back() -> bool:
        now = system.states()["psp"]
        return now.state == "RUNNING" and now.pid != before.pid

    await until("it is back", is_back)
    assert system.states()["psp"].restarts == 1
    assert system.states()["carrier"].restarts == 0


async def test_down_leaves_no_process_and_may_be_repeated(system: System) -> None:
    there = processes_of(system)
    assert await down(system.settings.state_dir)
    assert not any(lives(process) for process in there)
    assert find(system.settings.state_dir) is None
    assert not await down(system.settings.state_dir)


async def test_down_ends_what_a_killed_supervisor_left_behind(system: System) -> None:
    there = processes_of(system)
    os.kill(int(system.folders.supervisor_pid.read_text()), signal.SIGKILL)
    await until("it is gone", lambda: find(system.settings.state_dir) is None)
    assert await down(system.settings.state_dir)
    assert not any(lives(process) for process in there)


async def test_down_ends_everything_though_the_clock_was_set_meanwhile(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = processes_of(system)
    an_hour_later = psutil.boot_time() + 3600
    monkeypatch.setattr(psutil, "boot_time", lambda: an_hour_later)
    monkeypatch.setattr(psutil._psplatform, "boot_time", lambda: an_hour_later)
    assert await down(system.settings.state_dir)
    assert not any(lives(process) for process in there)


def test_another_process_of_the_same_number_is_left_alone() -> None:
    mine = psutil.Process()
    booted = mine.create_time() - psutil.boot_time()
    assert Spawn("psp", mine.pid, mine.create_time(), booted).process() == mine
    assert Spawn("psp", mine.pid, mine.create_time(), booted - 60).process() is None


async def test_a_port_in_use_is_reported_before_anything_is_started(
    settings: Settings, site: Callable[[str], Process]
) -> None:
    with (
        socket.create_server(("127.0.0.1", settings.psp_port)),
        pytest.raises(PortInUseError, match="ORDERSTREAM_PSP_PORT"),
    ):
        await up(settings, [site("psp")])
    assert not settings.state_dir.joinpath("supervisord.conf").exists()


async def test_a_process_that_ends_at_once_is_reported_with_its_last_words(
    settings: Settings, site: Callable[[str], Process]
) -> None:
    broken = replace(site("psp"), argv=(sys.executable, "-c", "raise SystemExit('no such key')"))
    with pytest.raises(StepFailedError) as caught:
        await up(settings, [broken, site("carrier")])
    message = str(caught.value)
    assert message.startswith("psp: does not stay up")
    assert "no such key" in message
    assert str(settings.state_dir / "logs" / "psp.log") in message
    assert find(settings.state_dir) is None


async def test_a_process_that_is_never_ready_fails_the_start_with_its_answer(
    settings: Settings, site: Callable[[str], Process], tmp_path
) -> None:
    (tmp_path / "readyz").unlink()
    with pytest.raises(StepFailedError, match=r"psp: not ready after 2 s, .* says 404"):
        await up(settings.model_copy(update={"start_seconds": 2}), [site("psp")])
    assert find(settings.state_dir) is None


async def test_a_start_that_is_cancelled_stops_what_it_has_started(
    settings: Settings, site: Callable[[str], Process], tmp_path
) -> None:
    (tmp_path / "readyz").unlink()
    start = asyncio.create_task(up(settings, [site("psp")]))
    await until(
        "it runs", lambda: (found := find(settings.state_dir)) and found.states()["psp"].pid
    )
    [psp] = processes_of(running(settings.state_dir))
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert not lives(psp)
    assert find(settings.state_dir) is None
