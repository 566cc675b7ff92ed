import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from orderstream.cli import app
from stack import (
    CannotScaleError,
    ChangeUnderWayError,
    Layer,
    PortInUseError,
    Process,
    Settings,
    Supervisor,
    System,
    running,
    scale,
    up,
)
from stack.folders import only_change
from stack.roles import instance
from stack.stopping import stop
from typer.testing import CliRunner

pytestmark = pytest.mark.process

Site = Callable[[str], Process]


@pytest.fixture
async def system(settings: Settings, site: Site) -> AsyncIterator[System]:
    """A process that passes for the worker of payment, and one of the outside world."""
    worker = replace(site("psp"), layer=Layer.WORKERS, service="payment")
    return await up(settings, [worker, site("carrier")])


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        (["payment", "3"], "The system is not up. Start it with: make up"),
        (["payment", "0"], "greater than or equal to 1"),
        (["payment", "10"], "less than or equal to 9"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, arguments: list[str], output: str
) -> None:
    monkeypatch.setenv("ORDERSTREAM_STATE_DIR", str(settings.state_dir))
    monkeypatch.setenv("COLUMNS", "200")
    result = CliRunner().invoke(app, ["scale", *arguments])
    assert result.exit_code
    assert output in result.stderr


async def test_an_unknown_service_is_refused_with_those_that_can_be_scaled(system: System) -> None:
    with pytest.raises(
        CannotScaleError, match=r"called paymant can be scaled; there are: payment$"
    ):
        await scale(system.settings.state_dir, "paymant", 2)


async def test_beside_a_detached_worker_nothing_is_scaled_and_the_cure_is_named(
    system: System,
) -> None:
    await stop(Supervisor(system.folders), ["psp"])
    with pytest.raises(CannotScaleError, match="detach psp --back"):
        await scale(system.settings.state_dir, "payment", 2)
    assert running(system.settings.state_dir) == system
    assert set(system.states()) == {"psp", "carrier"}


async def test_nothing_is_changed_when_a_new_instance_would_not_get_its_port(
    system: System, site: Site
) -> None:
    second = instance(system.process("psp"), 2)
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", second.port):
        with pytest.raises(PortInUseError):
            await scale(system.settings.state_dir, "payment", 2)
    assert running(system.settings.state_dir) == system
    assert set(system.states()) == {"psp", "carrier"}


async def test_what_answers_is_listed_before_it_is_asked_and_until_it_leaves(
    settings: Settings, site: Site
) -> None:
    port, psp = settings.order_api_port, site("psp")
    by_environment = [part if part != str(psp.port) else "$HTTP_PORT" for part in psp.argv]
    first = replace(
        psp,
        name="order-api",
        layer=Layer.APIS,
        ports={port: "order_api_port"},
        argv=("sh", "-c", f"exec {' '.join(by_environment)}"),
        environment={"HTTP_PORT": str(port)},
    )
    system = await up(settings, [first])
    file = system.folders.listing("order_api_port")
    one, two = f"http://127.0.0.1:{port}\n", f"http://127.0.0.1:{port + 10}\n"
    assert file.read_text() == one
    assert await scale(settings.state_dir, "order-api", 2) is None
    assert file.read_text() == one + two
    assert system.states()["order-api-2"].pid is not None
    await scale(settings.state_dir, "order-api", 1)
    assert file.read_text() == one
    assert "order-api-2" not in system.states()


async def test_one_change_at_a_time(system: System) -> None:
    with only_change(system.folders), pytest.raises(ChangeUnderWayError, match="Try again when"):
        await scale(system.settings.state_dir, "payment", 2)


async def test_the_supervisor_takes_up_new_processes_and_forgets_stopped_ones(
    system: System,
) -> None:
    supervisor = Supervisor(system.folders)
    before = system.states()
    second = instance(system.process("psp"), 2)
    supervisor.change([*system.processes, second])
    assert set(system.states()) == {"psp", "psp-2", "carrier"}
    supervisor.start_process("psp-2")
    assert system.states()["psp"].pid == before["psp"].pid
    await stop(supervisor, ["psp-2"])
    supervisor.change(system.processes)
    assert set(system.states()) == {"psp", "carrier"}


async def test_a_start_that_was_asked_for_is_not_counted_as_a_restart(system: System) -> None:
    supervisor = Supervisor(system.folders)
    await stop(supervisor, ["psp"])
    supervisor.start_process("psp")
    states = system.states()
    assert states["psp"].state in {"STARTING", "RUNNING"}
    assert states["psp"].restarts == 0
