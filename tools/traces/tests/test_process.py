import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from made_spans import MIB, names_in, request_of, send, span
from testkit.forked import Program
from testkit.processes import Process
from testkit.waiting import TIMEOUT_S, blocking_until

pytestmark = pytest.mark.process
Start = Callable[..., Process]


def speak(process: Process) -> httpx.Client:
    return httpx.Client(base_url=process.url, timeout=60, trust_env=False)


def test_what_was_answered_survives_a_kill(start: Start) -> None:
    process = start()
    sent = 0
    with speak(process) as http:
        for _ in range(30):
            body = request_of(*(span(order="ord_1") for _ in range(10))).SerializeToString()
            assert send(http, body).status_code == 200
            sent += 10
    process.stop(signal.SIGKILL)
    with speak(start()) as http:
        assert len(names_in(http.get("/orders/ord_1/spans").json())) == sent


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly(start: Start, number: signal.Signals) -> None:
    process = start()
    with speak(process) as http:
        assert http.get("/healthz").json() == {"status": "ok"}
        assert http.get("/readyz").json()["checks"] == {"spans": "ok"}
        send(http, request_of(span()).SerializeToString())
    assert process.stop(number) in (0, -signal.SIGTERM)
    assert "Traceback" not in process.log


def test_it_is_ready_and_says_degraded_while_nothing_can_be_written(
    start: Start, tmp_path: Path
) -> None:
    with speak(start()) as http:
        (tmp_path / "data").write_text("a file where the folder should be")
        response = send(http, request_of(span()).SerializeToString())
        assert (response.status_code, response.headers["retry-after"]) == (503, "5")
        blocking_until("it says so", lambda: http.get("/readyz").json()["degraded"] == ["spans"])
        assert http.get("/readyz").status_code == 200
        (tmp_path / "data").unlink()
        assert send(http, request_of(span()).SerializeToString()).status_code == 200


def test_a_folder_that_was_removed_meanwhile_is_made_again(start: Start, tmp_path: Path) -> None:
    with speak(start()) as http:
        send(http, request_of(span(order="ord_1")).SerializeToString())
        shutil.rmtree(tmp_path / "data")
        assert send(http, request_of(span(order="ord_2")).SerializeToString()).status_code == 200
        assert http.get("/orders/ord_2/spans").status_code == 200


def test_a_wrong_setting_is_told_in_one_line(tmp_path: Path) -> None:
    assert refusal(tmp_path, HTTP_PORT="1", MAX_MB="0").startswith("wrong setting MAX_MB: ")


def test_a_taken_port_is_told_in_one_line(start: Start, tmp_path: Path) -> None:
    port = start().environment["HTTP_PORT"]
    assert "cannot listen on" in refusal(tmp_path, HTTP_PORT=port)


def refusal(folder: Path, **environment: str) -> str:
    """Start a process that cannot start; return the line that says why."""
    said = folder / "said"
    told = {"PATH": os.environ["PATH"], "DATA_DIR": str(folder / "data"), **environment}
    program = Program(["traces", "serve"], told, said, said)
    assert program.wait(TIMEOUT_S) == 2
    (line,) = said.read_text().splitlines()
    return line


def test_the_room_is_in_mib(start: Start, tmp_path: Path) -> None:
    with speak(start(MAX_MB="1")) as http:
        for _ in range(40):
            body = request_of(span(name="x" * 100_000)).SerializeToString()
            assert send(http, body).status_code == 200
    assert sum(path.stat().st_size for path in (tmp_path / "data").iterdir()) < 2 * MIB
