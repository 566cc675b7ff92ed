"""`orderstream logs`: what all processes say, searched, in the order of time, followed."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

import pytest
from orderstream.cli import app
from stack import Settings
from typer.testing import CliRunner, Result

Run = Callable[..., Result]
Write = Callable[..., None]
ORDER, OTHER = "ord_" + "a" * 32, "ord_" + "b" * 32
TRACE = "c" * 32
START = datetime(2026, 11, 29, 14, 0, tzinfo=UTC)


@pytest.fixture
def folder(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ORDERSTREAM_STATE_DIR", str(settings.state_dir))
    folder = settings.state_dir / "logs"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def run(folder: Path) -> Run:
    return lambda *arguments: CliRunner().invoke(app, ["logs", *arguments])


def line(event: str, second: float = 0, level: str = "info", **fields: Any) -> str:
    at = (START + timedelta(seconds=second)).isoformat().replace("+00:00", "Z")
    return json.dumps({**fields, "event": event, "level": level, "timestamp": at}) + "\n"


@pytest.fixture
def shop(folder: Path) -> Path:
    """Two processes of payment's, one of which was rotated, the gateway, and a broker."""
    (folder / "gateway.log").write_text(
        line("request", 1, order_id=ORDER, trace_id=TRACE) + line("request", 9, order_id=OTHER)
    )
    (folder / "payment-worker.log.1").write_text(
        line("command_postponed", 2, "warning", order_id=ORDER)
    )
    (folder / "payment-worker.log").write_text(line("command_refused", 4, "error", order_id=ORDER))
    (folder / "payment-api.log").write_text(line("webhook_ignored", 3))
    (folder / "kafka.log").write_text(
        "[2026-11-29 14:00:05,000] ERROR no disk (kafka.server)\njava.io.IOException: no disk\n"
    )
    return folder


def events(result: Result) -> list[str]:
    assert result.exit_code == 0, result.output
    return [row.split()[4] for row in result.stdout.splitlines()]


@pytest.mark.usefixtures("shop")
def test_all_processes_are_shown_in_the_order_of_time(run: Run) -> None:
    shown = run().stdout.splitlines()
    assert [row.split()[2] for row in shown[:4]] == [
        "gateway",
        "payment-worker",
        "payment-api",
        "payment-worker",
    ]
    assert "no disk (kafka.server)" in shown[4]
    assert shown[5].startswith("2026-11-29 14:00:05.000 kafka")  # the time of the line before it
    assert "java.io.IOException" in shown[5]
    assert "\x1b" not in run().stdout


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--order", ORDER], ["request", "command_postponed", "command_refused"]),
        (["--trace", TRACE], ["request"]),
        (["--trace", f"00-{TRACE}-{'1' * 16}-01"], ["request"]),
        (["--order", ORDER, "--level", "error"], ["command_refused"]),
        (["--order", ORDER, "--trace", TRACE], ["request"]),
        (["payment"], ["command_postponed", "webhook_ignored", "command_refused"]),
        (["payment-worker"], ["command_postponed", "command_refused"]),
        (["payment-worker", "gateway", "-n", "2"], ["command_refused", "request"]),
        (["payment", "--since", "2026-11-29T14:00:03"], ["webhook_ignored", "command_refused"]),
        (["payment", "--until", "2026-11-29T14:00:03"], ["command_postponed", "webhook_ignored"]),
        (["payment", "--since", "2026-11-29T15:00:03+01:00", "-l", "error"], ["command_refused"]),
    ],
)
def test_what_is_looked_for_is_found_in_rotated_files_too(
    run: Run, arguments: list[str], found: list[str]
) -> None:
    assert events(run(*arguments)) == found


@pytest.mark.usefixtures("shop")
def test_how_long_ago_is_counted_from_now(run: Run, folder: Path) -> None:
    now = datetime.now(UTC)
    for name, age in (("old", 90), ("new", 30)):
        said = json.dumps({"event": name, "timestamp": (now - timedelta(minutes=age)).isoformat()})
        with (folder / "gateway.log").open("a") as file:
            file.write(said + "\n")
    assert "new" in run("--since", "1h").stdout
    assert "old" not in run("--since", "1h").stdout
    assert "old" in run("--since", "2h").stdout


@pytest.mark.usefixtures("shop")
def test_programs_get_an_object_a_line_by_an_option_or_the_setting(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [json.loads(row) for row in run("--json").stdout.splitlines()]
    assert [one["process"] for one in told[:2]] == ["gateway", "payment-worker"]
    assert told[0]["order_id"] == ORDER
    monkeypatch.setenv("ORDERSTREAM_LOG_FORMAT", "json")
    assert [json.loads(row) for row in run().stdout.splitlines()] == told


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["gatewy"], "there is no log of gatewy; there are: gateway, kafka, payment-api"),
        (["--since", "soon"], "'soon' is no time. Write how long ago, such as 90s"),
        (["--until", "14:99"], "'14:99' is no time."),
        (["--since", "99999999999d"], "is longer ago than anything was logged"),
        (["--since", ""], "'' is no time."),
        (["--trace", "xyz"], "'xyz' is no trace. Give its id"),
        (["--order", "last"], "The system is not up, so 'last' cannot be looked up."),
        (["--order", "ord_" + "d" * 32], "Its history is in the books, whatever is logged: "),
        (["--level", "critical", "gateway"], "No line that is kept says that. Look further back"),
    ],
)
def test_what_cannot_be_shown_is_told_in_a_sentence(
    run: Run, arguments: list[str], words: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 1
    assert words in " ".join(result.stderr.split())


def test_without_logs_it_says_how_to_start(run: Run) -> None:
    assert "There are no logs yet. Start the system with: make up" in run().stderr


@contextmanager
def following(*arguments: str) -> Iterator[TextIO]:
    command = [sys.executable, "-m", "orderstream", "logs", "-f", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout
        finally:
            process.terminate()


@pytest.mark.process
def test_a_followed_log_goes_on_after_a_rotation_and_with_processes_that_are_new(
    folder: Path,
) -> None:
    log = folder / "gateway.log"
    log.write_text(line("old") + '{"half')
    with following("gateway", "--level", "info") as shown:
        assert "old" in shown.readline()
        with log.open("a") as file:
            file.write('-written"}\n' + line("hidden", level="debug") + line("added"))
        assert '{"half-written"}' in shown.readline()
        assert "added" in shown.readline()
        with log.open("a") as file:
            file.write(line("last_before"))
            log.rename(folder / "gateway.log.1")
        log.write_text(line("rotated"))
        assert "last_before" in shown.readline()
        assert "rotated" in shown.readline()
        (folder / "gateway-2.log").write_text(line("scaled"))
        assert "scaled" in shown.readline()
        log.write_text(line("again"))  # emptied for another run
        assert "again" in shown.readline()


DOCKER = """#!/bin/sh
case "$*" in
*config*) printf 'gateway\\npayment-worker\\n' ;;
*) echo "$*" > {asked}; cat {said} ;;
esac
"""


@pytest.fixture
def containers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Stands for `docker compose`: it says what it is told here, and writes down how it was asked."""

    def say(words: str) -> Path:
        said, asked, docker = tmp_path / "said", tmp_path / "asked", tmp_path / "bin" / "docker"
        docker.parent.mkdir()
        docker.write_text(DOCKER.format(asked=asked, said=said))
        docker.chmod(0o755)
        said.write_text(words)
        monkeypatch.setenv("PATH", str(docker.parent), prepend=os.pathsep)
        monkeypatch.setenv("ORDERSTREAM_PLATFORM", "compose")
        return asked

    return say


@pytest.mark.process
def test_the_lines_of_containers_come_from_the_engine(
    run: Run, containers: Callable[[str], Path]
) -> None:
    asked = containers(
        f"payment-worker-1  | {line('command_postponed', 2, 'warning', order_id=ORDER)}"
        f"gateway-1         | {line('request', 1, order_id=ORDER)}"
        f"gateway-1         | {line('request', 3, order_id=OTHER)}"
    )
    assert events(run("--order", ORDER)) == ["request", "command_postponed"]
    assert asked.read_text().split() == [
        "compose",
        "logs",
        "--no-color",
        "gateway",
        "payment-worker",
    ]
    assert events(run("gateway", "-n", "1")) == ["request"]
    assert asked.read_text().endswith("--tail 1 gateway\n")
    assert "there is no log of gatewy; there are: gateway" in run("gatewy").stderr
    with following("gateway") as shown:
        assert "command_postponed" in shown.readline()


def test_without_docker_the_logs_of_containers_cannot_be_shown(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ORDERSTREAM_PLATFORM", "compose")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "there is no docker here to ask for their logs" in " ".join(run().stderr.split())
