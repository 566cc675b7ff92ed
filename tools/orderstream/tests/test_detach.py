"""A process of the system gives way to one's own, and comes back."""

import subprocess
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest
from orderstream.cli import app
from orderstream.commands.detach import told
from pydantic import SecretStr
from stack import Layer, Process, Settings, System, all_processes, up
from testkit.simulators import Simulator
from typer.testing import CliRunner, Result

Run = Callable[..., Result]


@pytest.fixture
async def system(settings: Settings, site: Callable[[str], Process]) -> System:
    psp = replace(site("psp"), environment={"HTTP_PORT": str(settings.psp_port), "SEED": "it's 7"})
    store = replace(site("carrier"), layer=Layer.INFRASTRUCTURE)
    return await up(settings, [psp, store])


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("ORDERSTREAM_STATE_DIR", str(settings.state_dir))

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["detach", *arguments])

    return invoke


def is_answered(system: System, name: str) -> bool:
    try:
        return httpx.get(system.process(name).health_url or "", trust_env=False).is_success
    except httpx.TransportError:
        return False


def test_it_stops_prints_the_environment_and_comes_back(system: System, run: Run) -> None:
    result = run("psp")
    assert result.exit_code == 0, result.output
    assert not is_answered(system, "psp")
    script = f'{result.stdout}\nprintf %s "$HTTP_PORT $SEED"'
    stdout = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    assert stdout == f"{system.settings.psp_port} it's 7"

    assert "is the system's own" in run("psp", "--back").stdout
    assert is_answered(system, "psp")


def test_while_yours_has_the_port_the_systems_own_does_not_come_back(
    system: System, run: Run, tmp_path
) -> None:
    assert run("psp").exit_code == 0
    yours = Simulator("psp", tmp_path, HTTP_PORT=str(system.settings.psp_port))
    yours.port = system.settings.psp_port
    yours.http.base_url = httpx.URL(f"http://127.0.0.1:{yours.port}")
    try:
        yours.start()
        result = run("psp", "--back")
        assert result.exit_code == 1
        assert str(yours.port) in result.stderr
    finally:
        yours.close()


def test_a_store_and_what_there_is_not_cannot_be_replaced(system: System, run: Run) -> None:
    for name in ("carrier", "nobody"):
        result = run(name)
        assert result.exit_code == 1
        assert f"{name} cannot be replaced; these can: psp" in result.stderr


def test_a_real_process_is_given_everything(settings: Settings) -> None:
    (worker,) = (one for one in all_processes(settings) if one.name == "payment-worker")
    *lines, comment = told(worker)
    names = {line.removeprefix("export ").partition("=")[0] for line in lines}
    assert names == set(worker.environment)
    assert {"DATABASE_URL", "KAFKA_BOOTSTRAP", "HTTP_PORT", "PROVIDER_URL"} <= names
    assert comment == "# payment-worker is stopped; yours: python -m payment worker"


def test_no_secret_is_printed(settings: Settings) -> None:
    settings = settings.model_copy(
        update={"redis_url": "redis://:pass@127.0.0.1/0", "postgres_password": SecretStr("pass")}
    )
    printed = "\n".join(line for one in all_processes(settings) for line in told(one))
    files = [file for file in (settings.state_dir / "secrets").rglob("*") if file.is_file()]
    assert len(files) == 4
    assert not [file for file in files if file.read_text() in printed]
    assert ":pass@" not in printed
