import asyncio
import json
import signal
import socket
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from testkit.ports import free_port
from testkit.simulators import Simulator, refusal, running

pytestmark = pytest.mark.process

PAYMENT = {
    "amount": 500,
    "currency": "gbp",
    "payment_method": "tok_visa",
    "capture_method": "manual",
    "confirm": True,
    "metadata": {"order_id": "ord_process"},
}


def pay(psp: Simulator, order_id: str = "ord_process") -> httpx.Response:
    body = {**PAYMENT, "metadata": {"order_id": order_id}}
    headers = {"Idempotency-Key": order_id}
    return psp.http.post("/v1/payment_intents", json=body, headers=headers)


def test_the_books_survive_a_kill(tmp_path: Path) -> None:
    with running("psp", tmp_path, LATENCY_MS_MAX="0") as psp:
        first = pay(psp).json()
        entries = psp.http.get("/books").json()
        assert psp.stop(signal.SIGKILL) == -signal.SIGKILL
        psp.start()
        assert psp.http.get("/books").json() == entries
        again = pay(psp)
        assert again.json() == first
        assert again.headers["Idempotent-Replayed"] == "true"


def test_it_counts_requests_by_their_route_and_names_no_payment(psp: Simulator) -> None:
    payment = pay(psp).json()["id"]
    psp.http.get(f"/v1/payment_intents/{payment}")
    psp.http.get("/nowhere/1")
    told = psp.http.get("/metrics").text
    assert 'simulator_requests_total{route="/v1/payment_intents",status="200"}' in told
    assert 'simulator_requests_total{route="/v1/payment_intents/{intent_id}",status="200"}' in told
    assert 'simulator_requests_total{route="other",status="404"}' in told
    assert payment not in told
    assert "nowhere" not in told


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with running("psp", tmp_path) as psp:
        assert psp.http.get("/healthz").json() == {"status": "ok"}
        assert psp.http.get("/readyz").json()["checks"] == {"books": "ok"}
        assert psp.stop(number) == 0
        assert "Traceback" not in psp.log


def test_bad_settings_are_reported_in_one_line(tmp_path: Path) -> None:
    message = refusal("psp", tmp_path, HTTP_PORT="http", APPROVAL_PERCENT="101")
    assert len(message.splitlines()) == 1
    assert message.startswith("psp: bad settings: HTTP_PORT='http'")
    assert "APPROVAL_PERCENT='101'" in message
    crossed = refusal("psp", tmp_path, LATENCY_MS_MIN="9", LATENCY_MS_MAX="1")
    assert crossed == "psp: bad settings: LATENCY_MS_MIN must not be above LATENCY_MS_MAX\n"


def test_a_taken_port_is_reported_in_one_line(psp: Simulator, tmp_path: Path) -> None:
    message = refusal("psp", tmp_path, HTTP_PORT=str(psp.port))
    assert len(message.splitlines()) == 1
    assert f"cannot listen on 127.0.0.1:{psp.port}: Address already in use" in message
    assert "HTTP_PORT" in message


def test_a_data_folder_that_is_none_is_reported_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    message = refusal("psp", file / "below", HTTP_PORT=str(free_port()))
    assert len(message.splitlines()) == 1
    assert "DATA_DIR" in message


def test_latency_can_be_switched_on_and_off(psp: Simulator) -> None:
    switches = {"latency_ms_min": 300, "latency_ms_max": 300}
    assert psp.http.put("/admin/behaviour", json=switches).json()["latency_ms_min"] == 300
    started = time.monotonic()
    pay(psp).raise_for_status()
    assert time.monotonic() - started >= 0.3
    assert psp.http.put("/admin/behaviour", json={}).json()["latency_ms_min"] == 0


def test_errors_come_as_often_as_asked_for(psp: Simulator) -> None:
    psp.http.put("/admin/behaviour", json={"error_next": 2})
    assert [pay(psp).status_code for _ in range(3)] == [500, 500, 200]
    assert psp.http.get("/admin/behaviour").json()["error_next"] == 0


def test_dropped_requests_do_nothing(psp: Simulator) -> None:
    psp.http.put("/admin/behaviour", json={"drop_next": 1})
    with pytest.raises(httpx.TransportError):
        pay(psp)
    assert psp.http.get("/books").json() == []
    assert pay(psp).status_code == 200


def test_lost_answers_leave_their_effect(psp: Simulator) -> None:
    psp.http.put("/admin/behaviour", json={"lose_answer_next": 1})
    with pytest.raises(httpx.TransportError):
        pay(psp)
    assert len(psp.http.get("/books").json()) == 1
    assert pay(psp).headers["Idempotent-Replayed"] == "true"


def ask_for(psp: Simulator, **switches: Any) -> None:
    body = {"answer_next": 1, **{f"answer_{name}": value for name, value in switches.items()}}
    psp.http.put("/admin/behaviour", json=body).raise_for_status()


def test_any_answer_can_be_asked_for_and_nothing_is_done(psp: Simulator) -> None:
    ask_for(psp, status=429, code="rate_limit", retry_after="7", to="/payment_intents")
    assert psp.http.get("/v1/tokens").status_code == 200  # no request for that path
    answer = pay(psp)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert answer.json()["error"]["code"] == "rate_limit"
    assert psp.http.get("/books").json() == []
    assert pay(psp).status_code == 200


@pytest.mark.parametrize(
    ("body", "begins", "length"),
    [
        ("garbage", b'{"id": \x00\xff', 17),
        ("empty", b"", 0),
        ("too_large", b'"xxx', 1024 * 1024 + 2),
        ("wrong_type", b"<h1>", 28),
        ("wrong_shape", b'[{"id": 7}', 17),
    ],
)
def test_a_body_that_is_none_can_be_asked_for(
    psp: Simulator, body: str, begins: bytes, length: int
) -> None:
    ask_for(psp, status=200, body=body)
    answer = pay(psp)
    assert answer.status_code == 200
    assert answer.content.startswith(begins)
    assert len(answer.content) == length


def test_an_answer_can_be_cut_off(psp: Simulator) -> None:
    ask_for(psp, status=200, body="truncated")
    # Which of the two depends on whether the end or the reset of the connection is seen first.
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        pay(psp)
    assert pay(psp).status_code == 200


@pytest.mark.parametrize(
    ("amount", "code"), [(100_000_000, "amount_too_large"), (0, "amount_too_small")]
)
def test_an_amount_that_nobody_can_pay_has_a_code(psp: Simulator, amount: int, code: str) -> None:
    body = {**PAYMENT, "amount": amount, "metadata": {"order_id": "ord_1"}}
    answer = psp.http.post("/v1/payment_intents", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


def test_an_unknown_switch_is_refused(psp: Simulator) -> None:
    answer = psp.http.put("/admin/behaviour", json={"eror_next": 1})
    assert answer.status_code == 400
    assert "eror_next" in answer.json()["error"]
    assert "error_next" in answer.json()["switches"]


def test_a_reset_empties_the_books_and_restores_good_behaviour(psp: Simulator) -> None:
    pay(psp).raise_for_status()
    psp.http.put("/admin/behaviour", json={"error_next": 5})
    psp.http.post("/admin/reset").raise_for_status()
    assert psp.http.get("/books").json() == []
    assert pay(psp).status_code == 200
    assert "Idempotent-Replayed" not in pay(psp, "another").headers


def test_the_books_of_many_orders_are_complete(psp: Simulator) -> None:
    orders = [f"ord_{number}" for number in range(2100)]
    for order in orders:
        pay(psp, order)
    assert [entry["order_id"] for entry in psp.http.get("/books").json()] == orders


async def test_what_was_answered_before_a_kill_is_in_the_books(tmp_path: Path) -> None:
    answered: list[str] = []
    with running("psp", tmp_path, LATENCY_MS_MAX="5") as psp:

        async def pay_on(client: httpx.AsyncClient, name: str) -> None:
            for number in range(10_000):
                order_id = f"{name}_{number}"
                body = {**PAYMENT, "metadata": {"order_id": order_id}}
                answer = await client.post("/v1/payment_intents", json=body)
                assert answer.status_code == 200
                answered.append(order_id)
                if len(answered) == 300:
                    psp.stop(signal.SIGKILL)

        async with httpx.AsyncClient(base_url=psp.url) as client:
            payers = (pay_on(client, f"payer{each}") for each in range(8))
            ends = await asyncio.gather(*payers, return_exceptions=True)
        assert all(isinstance(end, httpx.TransportError) for end in ends)
        psp.start()
        booked = {entry["order_id"] for entry in psp.http.get("/books").json()}
    assert len(answered) >= 300
    assert set(answered) <= booked


def test_it_stops_although_somebody_still_waits(tmp_path: Path) -> None:
    with running("psp", tmp_path, SLOW_MS="60000") as psp:
        body = json.dumps({**PAYMENT, "payment_method": "tok_slow"}).encode()
        request = (
            b"POST /v1/payment_intents HTTP/1.1\r\nHost: psp\r\nContent-Type: application/json"
        )
        with socket.create_connection(("127.0.0.1", psp.port)) as waiting:
            waiting.sendall(request + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            psp.http.get("/healthz").raise_for_status()
            assert psp.stop() == 0
            assert waiting.recv(4096).startswith(b"HTTP/1.1 503 ")
        assert "Traceback" not in psp.log
        psp.start()
        assert psp.http.get("/books").json() == []
