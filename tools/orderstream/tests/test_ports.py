import os
import socket
import tempfile
from pathlib import Path

import pytest
from orderstream.platform import PortInUseError, free_ports, load, topology
from orderstream.platform.ports import check_free
from orderstream.platform.roles import instance
from orderstream.platform.scaling import ANSWERING


def test_a_port_in_use_is_told_with_its_holder_and_the_setting_that_moves_it() -> None:
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
    once = [one for one in topology(settings) if one.first_name in ANSWERING]
    more = [instance(one, number) for one in once for number in range(2, 10)]
    ports = [port for process in (*topology(settings), *more) for port in process.ports]
    assert len(ports) == len(set(ports))
    check_free(dict.fromkeys(ports, "some_port"))
