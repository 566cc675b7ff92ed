import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from orderstream.cli import GROUPS, app
from stack import Process, Settings, find, infrastructure, up
from typer.testing import CliRunner, Result

pytestmark = pytest.mark.process

Run = Callable[..., Result]
NOT_UP = "The system is not up. Start it with: make up"


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("ORDERSTREAM_STATE_DIR", str(settings.state_dir))
    monkeypatch.setenv("COLUMNS", "200")

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(app, arguments)

    return invoke


@pytest.mark.parametrize(
    "command",
    ["status", "topics", "spread", "reset", "migrate", "order", "follow last", "orders", "mail"],
)
def test_without_a_system_a_command_says_how_to_start_one(run: Run, command: str) -> None:
    result = run(*command.split())
    assert (result.exit_code, result.stderr) == (1, f"{NOT_UP}\n")


def test_down_without_a_system_says_so_and_is_no_failure(run: Run) -> None:
    result = run("down")
    assert (result.exit_code, result.stdout) == (0, "The system was not up.\n")


def test_the_help_of_every_command_shows_examples(run: Run) -> None:
    commands = [command for group in GROUPS.values() for command in group]
    shown = {command: run(command, "--help").stdout for command in commands}
    assert [one for one in commands if f"$ orderstream {one}" not in shown[one]] == []


def test_a_wrong_setting_is_reported_in_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERSTREAM_PARTITIONS", "many")
    result = run("status")
    assert result.exit_code == 2
    assert result.stderr.startswith("bad settings: ORDERSTREAM_PARTITIONS='many'")
    assert result.stderr.count("\n") == 1


async def test_status_shows_every_process_and_fails_when_one_is_not_well(
    run: Run, settings: Settings, site: Callable[[str], Process], tmp_path: Path
) -> None:
    await up(settings, [site("psp"), site("carrier")])
    well = await asyncio.to_thread(run, "status")
    assert well.exit_code == 0
    assert well.stdout.count(" ready ") == 2
    (tmp_path / "readyz").unlink()
    ill = await asyncio.to_thread(run, "status")
    assert ill.exit_code == 1
    assert ill.stdout.count("404") == 2


async def test_a_second_up_says_that_the_first_runs(
    run: Run, settings: Settings, site: Callable[[str], Process]
) -> None:
    await up(settings, [site("psp")])
    result = await asyncio.to_thread(run, "up")
    assert result.exit_code == 0
    assert "The system is up already." in result.stdout
    assert f"http://127.0.0.1:{settings.psp_port}" in result.stdout


@pytest.mark.kafka
async def test_topics_are_counted(run: Run, settings: Settings) -> None:
    await up(settings, infrastructure(settings)[:1])
    result = await asyncio.to_thread(run, "topics")
    assert result.exit_code == 0
    assert "order-placed.payment.dead-letter" in result.stdout
    (line,) = (one for one in result.stdout.splitlines() if one.split()[:1] == ["order-placed"])
    assert line.split() == ["order-placed", str(settings.partitions), "0", "-"]


def test_a_start_that_is_interrupted_leaves_nothing_behind(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.model_dump(mode="json").items():
        if value is not None:
            monkeypatch.setenv(f"ORDERSTREAM_{name.upper()}", str(value))
    command = [sys.executable, "-m", "orderstream", "up"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as start:
        while find(settings.state_dir) is None:
            assert start.poll() is None, "it ended by itself"
        start.terminate()
        output, _ = start.communicate(timeout=60)
    assert start.returncode == 130
    assert "everything that was started is stopped again" in output
    assert find(settings.state_dir) is None
