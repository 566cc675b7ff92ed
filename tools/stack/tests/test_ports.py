import asyncio
import os
import random
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from runpy import run_path

import psutil
import pytest
from launcher.environment import PROJECT_ROOT
from stack import (
    PortInUseError,
    Steps,
    all_processes,
    free_ports,
    load,
    ports,
)
from stack.ports import check_free, claim, is_free
from stack.roles import instance
from stack.scaling import ANSWERING
from stack.settings import PORT_SETTINGS
from testkit.waiting import until


def test_a_port_in_use_is_reported_with_its_holder_and_the_setting_that_moves_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(PortInUseError) as caught:
            check_free({port: "kafka_port"})
    message = str(caught.value)
    assert f"port {port} is in use by " in message
    assert f"(pid {os.getpid()})" in message
    assert "set ORDERSTREAM_KAFKA_PORT to another port" in message


def test_a_port_that_nobody_holds_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
    check_free({port: "kafka_port"})


def test_ports_that_somebody_was_just_given_are_not_given_to_anybody_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    given = [free_ports()["gateway_port"] for _ in range(10)]
    assert len(given) == len(set(given))


def test_free_ports_keep_nine_instances_and_three_brokers_apart(tmp_path) -> None:
    settings = load(state_dir=tmp_path, instances=9, brokers=3, **free_ports())
    once = [one for one in all_processes(settings) if one.first_name in ANSWERING]
    more = [instance(one, number) for one in once for number in range(2, 10)]
    every = [port for process in (*all_processes(settings), *more) for port in process.ports]
    assert len(every) == len(set(every))
    check_free(dict.fromkeys(every, "some_port"))


class KeptSteps(Steps):
    """Steps that are kept, for a look at what was said."""

    def __init__(self) -> None:
        self.titles: list[str] = []

    def begun(self, title: str) -> None:
        self.titles.append(title)


@pytest.fixture
def outgoing() -> Iterator[socket.socket]:
    """Somebody's connection to a server, from a port that is thereby taken."""
    # The kernel gives out none of these by itself: given back, one stays free.
    candidates = random.sample(range(20_000, 32_000), 100)
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket() as connection,
    ):
        connection.bind(("127.0.0.1", next(port for port in candidates if is_free(port))))
        connection.connect(server.getsockname()[:2])
        yield connection


async def test_a_port_that_an_outgoing_connection_has_is_waited_for(
    outgoing: socket.socket,
) -> None:
    steps, port = KeptSteps(), outgoing.getsockname()[1]
    claiming = asyncio.create_task(claim({port: "gateway_port"}, steps))
    await until("it is told", lambda: steps.titles)
    outgoing.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    outgoing.close()
    await claiming
    who = f"an outgoing connection of {psutil.Process().name()} (pid {os.getpid()})"
    assert steps.titles == [f"waited for ports to be given back: {port} by {who}"]


async def test_one_that_is_not_given_back_is_reported_with_who_has_it(
    outgoing: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "GIVEN_BACK_S", 0)
    port = outgoing.getsockname()[1]
    with pytest.raises(PortInUseError, match=f"port {port} is in use by an outgoing connection of"):
        await claim({port: "gateway_port"}, Steps())


def test_every_port_of_the_system_and_no_other_is_looked_at() -> None:
    told = run_path(str(PROJECT_ROOT / "tools" / "look_at_ports.py"))["ports"]()
    assert set(told) == {f"ORDERSTREAM_{name.upper()}" for name in PORT_SETTINGS}


def test_ports_are_looked_at_before_anything_is_installed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = str(holder.getsockname()[1])
        environment = {"PATH": os.environ["PATH"], "ORDERSTREAM_STATE_DIR": str(tmp_path)}
        environment |= {
            f"ORDERSTREAM_{name.upper()}": "1" for name in PORT_SETTINGS
        }  # unused, or root's
        environment["ORDERSTREAM_PSP_PORT"] = port
        command = [sys.executable, "-I", "-S", str(PROJECT_ROOT / "tools" / "look_at_ports.py")]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"port {port} is in use" in done.stderr
    assert "set ORDERSTREAM_PSP_PORT to another port" in done.stderr
    assert "Traceback" not in done.stderr
