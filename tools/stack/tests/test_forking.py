"""Programs are forked from a process that has loaded what they use, and no one can tell the difference."""

import asyncio
import os
import sys
from pathlib import Path

import psutil
import pytest
from launcher import forking
from launcher.forking import PROGRAMS, Run, as_input, can_fork, codes_in, command, load
from stack import Settings, all_processes, down, kafka, kafka_install, up
from stack.supervisor_files import DAEMON_LOG

PSP = (sys.executable, "-m", "psp")


def test_every_process_of_ours_is_forked_and_nothing_else(settings: Settings) -> None:
    python = [one.argv[2] for one in all_processes(settings) if one.argv[0] == sys.executable]
    assert {*python} == PROGRAMS


@pytest.mark.parametrize(
    ("argv", "environment", "forked"),
    [
        (PSP, {}, True),
        ((*PSP, "worker"), {"PYTHONUNBUFFERED": "1"}, True),
        ((sys.executable, "-m", "http.server"), {}, False),
        ((sys.executable, "psp.py"), {}, False),
        (("/usr/bin/python3", "-m", "psp"), {}, False),
        (PSP, {"PYTHONPATH": "/elsewhere"}, False),
    ],
)
def test_only_what_is_the_same_is_forked(
    argv: tuple[str, ...], environment: dict[str, str], *, forked: bool
) -> None:
    assert can_fork(argv, environment) is forked


def test_code_that_has_changed_since_it_was_loaded_is_not_forked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert any(file.name == "worker.py" for file in load())
    file = tmp_path / "code.py"
    file.touch()
    loaded = {file: file.stat().st_mtime_ns}
    monkeypatch.setattr(forking, "load", lambda: loaded)
    assert can_fork(PSP, {})
    os.utime(file, ns=(1, 1))
    assert not can_fork(PSP, {})
    file.unlink()
    assert not can_fork(PSP, {})


@pytest.mark.process
async def test_programs_side_by_side_have_arguments_environments_logs_and_exit_codes(
    tmp_path: Path,
) -> None:
    def run(number: int, *argv: str) -> Run:
        return Run((sys.executable, "-m", *argv), {"LANG": "C"}, str(tmp_path / f"{number}.log"))

    runs = [run(0, "calendar", "2026", "1"), run(1, "order", "migrate"), run(2, "nothing_there")]
    process = await asyncio.create_subprocess_exec(
        *command("servicekit.migrations"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate(as_input(runs))
    assert codes_in(output) == [0, 2, 1]
    calendar, migration, nothing = [
        await asyncio.to_thread(Path(one.log).read_text) for one in runs
    ]
    assert "January 2026" in calendar
    assert "DATABASE_URL" in migration
    assert "No module named nothing_there" in nothing


@pytest.mark.process
async def test_a_forked_process_goes_by_its_own_name_and_ends_as_it_should(
    settings: Settings,
) -> None:
    (psp,) = (one for one in all_processes(settings) if one.name == "psp")
    system = await up(settings, [psp])
    state = system.states()["psp"]
    assert " ".join(psutil.Process(state.pid).cmdline()).startswith("python -m psp")
    assert psutil.Process(state.pid).exe() == psutil.Process().exe()
    await down(settings.state_dir)
    assert "stopped: psp (exit status 0)" in system.folders.log_of(DAEMON_LOG).read_text()


def test_where_java_learns_nothing_brokers_start_without(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(kafka_install, "aot_cache", lambda: tmp_path / "kafka.aot")
    kafka_install.train(lambda _: ("false",), {})
    kafka_install.train(lambda _: (str(tmp_path / "no-java"),), {})
    assert not kafka_install.aot_cache().exists()
    assert [one.name for one in tmp_path.iterdir()] == ["kafka.lock"]
    assert f"-XX:AOTCache={tmp_path / 'kafka.aot'}" in kafka.command(Settings(), 1)
