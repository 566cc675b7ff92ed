"""A process that keeps dying is started ever more rarely, and shown; a healthy one is quick to start."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from launcher.daemon import LONGEST_PAUSE_S, STAYS_UP_S, pause_after
from orderstream.cli import app
from orderstream.dashboard import note_failing
from stack import Process, ProcessState, Settings, Supervisor, System, down, up
from stack.health import last_words
from stack.supervisor_files import Deaths, deaths
from testkit.waiting import until
from typer.testing import CliRunner

PROGRAM = """
import os, pathlib, runpy, sys
order = pathlib.Path({order!r})
if order.exists():
    print("no wheels", flush=True)
    os._exit(int(order.read_text()))
sys.argv = {argv!r}
runpy.run_module("http.server", run_name="__main__")
"""


@pytest.fixture
def crashing(site: Callable[[str], Process], tmp_path: Path) -> Process:
    """Like the others, unless there is a file that has it die: with the exit code that is in there."""
    site_of_it = site("psp")
    program = tmp_path / "psp.py"
    program.write_text(PROGRAM.format(order=str(tmp_path / "die"), argv=list(site_of_it.argv[2:])))
    return replace(site_of_it, argv=(sys.executable, str(program)))


@pytest.fixture
async def system(
    settings: Settings, crashing: Process, site: Callable[[str], Process]
) -> AsyncIterator[System]:
    yield await up(settings, [crashing, site("carrier")])
    await down(settings.state_dir)


def test_pauses_double_up_to_a_minute() -> None:
    assert [pause_after(deaths) for deaths in (1, 2, 3, 6, 7, 1000)] == [1, 2, 4, 32, 60, 60]
    assert pause_after(1000) == LONGEST_PAUSE_S


@pytest.mark.parametrize(
    ("in_a_row", "how", "lives_s", "failing"),
    [
        (0, "exit status 1", None, False),
        (2, "exit status 1", None, False),
        (3, "exit status 1", None, True),
        (3, "terminated by SIGKILL", 5, True),
        (3, "exit status 1", STAYS_UP_S, False),
        (1, "exit status 2", None, True),
        (1, "exit status 2", 5, False),
    ],
)
def test_failing_is_who_dies_again_and_again_or_lacks_something(
    *, in_a_row: int, how: str, lives_s: float | None, failing: bool
) -> None:
    assert Deaths(in_a_row, how).is_failing(lives_s) is failing


def test_deaths_are_read_from_the_daemons_log(tmp_path: Path) -> None:
    log = tmp_path / "supervisord.log"
    assert deaths(log) == {}
    lines = [
        "00:00:01,000 INFO began: 'psp' with pid 7, 7.50 s after boot",
        "00:00:09,000 WARN exited: psp (exit status 1; not expected)",
        "00:00:10,000 INFO began: 'psp' with pid 8, 8.50 s after boot",
        "00:00:11,000 WARN exited: psp (terminated by SIGKILL; not expected)",
        "00:00:01,000 INFO began: 'carrier' with pid 9, 9.50 s after boot",
        "00:02:00,000 INFO exited: carrier (exit status 0; expected)",
        "00:00:01,000 INFO began: 'issuer' with pid 10, 10.50 s after boot",
        "00:00:02,000 WARN exited: issuer (exit status 1; not expected)",
        "00:00:03,000 INFO stopped: issuer (exit status 0)",
    ]
    log.write_text("".join(f"2026-11-30 {line}\n" for line in lines))
    assert deaths(log) == {
        "psp": Deaths(2, "terminated by SIGKILL"),
        "carrier": Deaths(0, "exit status 0"),
    }


@pytest.mark.process
@pytest.mark.parametrize("code", [1, 2])
async def test_who_keeps_dying_is_started_more_and_more_rarely_and_shown_with_its_last_line(
    system: System, tmp_path: Path, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def psp() -> ProcessState:
        return system.states()["psp"]

    (tmp_path / "die").write_text(str(code))
    os.kill(psp().pid or 0, signal.SIGKILL)
    await until("it is failing", lambda: psp().failing)
    if code == 1:
        await until("it has rested for seconds", lambda: psp().restarts >= 3)
    assert not system.states()["carrier"].failing
    assert last_words(system, psp()) == "no wheels"
    monkeypatch.setenv("ORDERSTREAM_STATE_DIR", str(system.settings.state_dir))
    shown = await asyncio.to_thread(CliRunner().invoke, app, ["status"], env={"COLUMNS": "200"})
    assert shown.exit_code == 1
    (line,) = [line for line in shown.output.splitlines() if line.strip().startswith("psp ")]
    assert " failing " in line
    assert "no wheels" in line
    services = [{"name": "psp", "status": "no_answer"}, {"name": "carrier", "status": "ready"}]
    note_failing(services, system)
    assert services == [
        {"name": "psp", "status": "no_answer", "detail": "failing: no wheels"},
        {"name": "carrier", "status": "ready"},
    ]
    (tmp_path / "die").unlink()
    Supervisor(system.folders).start_process("psp")
    await until("it runs, at once", lambda: psp().state == "RUNNING", seconds=20)


@pytest.mark.process
async def test_a_healthy_process_is_started_again_at_once_however_often_it_is_stopped(
    system: System,
) -> None:
    supervisor = Supervisor(system.folders)
    for _ in range(4):
        supervisor.stop_process("carrier")
        await until("it is stopped", lambda: system.states()["carrier"].pid is None)
        supervisor.start_process("carrier")
        await until("it has been started", lambda: system.states()["carrier"].pid)
    assert not system.states()["carrier"].failing
    assert system.states()["carrier"].restarts == 0
