"""A variable of somebody's own shell reaches no process, whatever it is called like."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import certifi
import psutil
import pytest
from launcher import environment
from launcher.environment import forget_the_rest, passed_on
from stack import Layer, Process, Settings, find, up
from stack.errors import SettingsError
from stack.kafka import run_kafka_tool
from stack.one_off import run_once
from stack.starting import require_certificates
from testkit.waiting import until

NONSENSE = dict.fromkeys(
    [
        "DATABASE_URL",
        "SEED",
        "LOG_LEVEL",
        "CURRENCY",
        "PORT",
        "HTTP_PORT",
        "ISSUER",
        "INSTANCE",
        "SECRETS_DIR",
        "PYTHONPATH",
        "PYTHONSTARTUP",
        "PGPASSWORD",
        "PGSSLMODE",
        "PGOPTIONS",
        "JAVA_TOOL_OPTIONS",
        "JDK_JAVA_OPTIONS",
        "KAFKA_OPTS",
        "CLASSPATH",
        "MAKEFLAGS",
        "MAKELEVEL",
        "BIN",
        "SOURCES",
        "CRASH_AT",
        "MALLOC_ARENA_MAX",
        "WEB_CONCURRENCY",
    ],
    "nonsense",
)
GIVEN = {
    "PATH": os.environ["PATH"],
    "HOME": "/somewhere",
    "LC_TIME": "C",
    "https_proxy": "http://proxy:3128",
    "SSL_CERT_FILE": certifi.where(),
}
PRINT_ENVIRONMENT = (
    "import json, os; print(json.dumps(dict(os.environ)), flush=True); import time; time.sleep(600)"
)


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell that holds what processes need, and nonsense."""
    for name, value in (NONSENSE | GIVEN).items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("shell")
def test_a_short_list_is_passed_on_and_nothing_else() -> None:
    assert GIVEN.items() <= passed_on().items()
    assert not NONSENSE.keys() & passed_on().keys()


def test_who_runs_the_code_of_a_copy_runs_all_of_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(environment, "PROJECT_ROOT", tmp_path)
    own = str(tmp_path / "libs" / "events" / "src")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(("/elsewhere/src", own, str(tmp_path))))
    assert passed_on()["PYTHONPATH"] == own


@pytest.mark.usefixtures("shell")
def test_the_command_line_itself_forgets_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        os, "environ", dict(os.environ) | {"COLUMNS": "99", "ORDERSTREAM_SEED": "7"}
    )
    forget_the_rest()
    assert not NONSENSE.keys() & os.environ.keys()
    assert (os.environ["COLUMNS"], os.environ["ORDERSTREAM_SEED"]) == ("99", "7")


@pytest.mark.process
@pytest.mark.usefixtures("shell")
async def test_a_process_is_given_what_the_platform_sets_and_what_is_passed_on(
    settings: Settings,
) -> None:
    odd = {"ODD": """a "quoted" 'value', with = ; # % %(x)s \\ & + and ü""", "EMPTY": ""}
    await up(settings, [printer(settings, odd)])
    log = settings.state_dir / "logs" / "psp.log"
    await until("it has told", lambda: log.read_text().endswith("\n"))
    document = json.loads(log.read_text())
    assert (odd | GIVEN).items() <= document.items()
    assert document["MALLOC_ARENA_MAX"] == "2"
    assert not (NONSENSE.keys() - {"MALLOC_ARENA_MAX"}) & document.keys()


def printer(settings: Settings, environment: dict[str, str]) -> Process:
    """A process that says what it is told."""
    return Process(
        name="psp",
        layer=Layer.SIMULATORS,
        argv=(sys.executable, "-c", PRINT_ENVIRONMENT),
        ports={settings.psp_port: "psp_port"},
        environment=environment,
        speaks_http=False,
    )


@pytest.mark.process
@pytest.mark.usefixtures("shell")
async def test_a_job_is_given_no_more_than_a_process(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "own.json").write_text(
        '{"currency": "GBP", "products": [{"sku": "A", "name": "A", "unit_price": 1, "on_hand": 1}]}'
    )
    # It would refuse the nonsense, as it would a PYTHONPATH that hides it.
    await run_once(settings, "inventory", "check", str(tmp_path / "own.json"))


@pytest.mark.process
@pytest.mark.usefixtures("shell")
def test_javas_own_variables_do_not_reach_the_tools_of_kafka() -> None:
    done = run_kafka_tool("org.apache.kafka.tools.ProducerPerformance", "--help")
    assert "nonsense" not in done.stdout + done.stderr


@pytest.mark.process
async def test_whoever_stops_a_system_may_sit_in_another_time_zone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    pid = (await up(settings, [printer(settings, {})])).states()["psp"].pid
    variables = {"PATH": os.environ["PATH"], "TZ": "America/Lima"}
    variables["ORDERSTREAM_STATE_DIR"] = str(settings.state_dir)
    command = [sys.executable, "-m", "orderstream", "down"]
    await asyncio.to_thread(subprocess.run, command, env=variables, check=True, capture_output=True)
    assert pid
    assert not psutil.pid_exists(pid)
    assert find(settings.state_dir) is None


def test_the_command_line_starts_in_a_shell_full_of_nonsense(tmp_path: Path) -> None:
    variables = NONSENSE | {"PATH": os.environ["PATH"], "ORDERSTREAM_STATE_DIR": str(tmp_path)}
    del variables["MALLOC_ARENA_MAX"]  # the C library complains of it before anything of ours runs
    command = [sys.executable, "-m", "orderstream", "down"]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("The system was not up.\n", "", 0)


def test_certificates_that_cannot_be_read_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "ca.pem"
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with pytest.raises(SettingsError, match=f"SSL_CERT_FILE={file} cannot be used: No such file"):
        require_certificates()
    file.write_text("none")
    with pytest.raises(SettingsError, match="it holds no certificates"):
        require_certificates()
    monkeypatch.delenv("SSL_CERT_FILE")
    require_certificates()
