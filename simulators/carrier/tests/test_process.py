import signal
import time
from pathlib import Path

import httpx
import pytest
from testkit.simulators import Simulator, refusal, running

pytestmark = pytest.mark.process

SHIPMENT = {
    "to_address": {
        "name": "Ada Lovelace",
        "street1": "12 St James's Square",
        "city": "London",
        "zip": "SW1Y 4JH",
        "country": "GB",
    },
    "parcel": {"weight_grams": 500},
}


def buy(carrier: Simulator, order_id: str = "ord_process") -> httpx.Response:
    body = {**SHIPMENT, "reference": order_id}
    headers = {"Idempotency-Key": order_id}
    return carrier.http.post("/v2/shipments", json=body, headers=headers)


def test_the_books_survive_a_kill(tmp_path: Path) -> None:
    with running("carrier", tmp_path, LATENCY_MS_MAX="0") as carrier:
        first = buy(carrier).json()
        entries = carrier.http.get("/books").json()
        assert carrier.stop(signal.SIGKILL) == -signal.SIGKILL
        carrier.start()
        assert carrier.http.get("/books").json() == entries
        assert buy(carrier).json() == first
        assert len(carrier.http.get("/books").json()) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with running("carrier", tmp_path) as carrier:
        assert carrier.http.get("/healthz").json() == {"status": "ok"}
        assert carrier.http.get("/readyz").json()["checks"] == {"books": "ok"}
        assert carrier.stop(number) == 0
        assert "Traceback" not in carrier.log


def test_bad_settings_and_a_taken_port_are_reported_in_one_line(
    carrier: Simulator, tmp_path: Path
) -> None:
    assert refusal("carrier", tmp_path, SEED="x").startswith("carrier: bad settings: SEED='x'")
    message = refusal("carrier", tmp_path, HTTP_PORT=str(carrier.port))
    assert len(message.splitlines()) == 1
    assert "Address already in use" in message


def test_the_switches_do_what_they_say(carrier: Simulator) -> None:
    carrier.http.put("/admin/behaviour", json={"error_next": 1})
    assert [buy(carrier, "ord_error").status_code for _ in range(2)] == [500, 201]
    carrier.http.put("/admin/behaviour", json={"drop_next": 1})
    with pytest.raises(httpx.TransportError):
        buy(carrier, "ord_drop")
    assert len(carrier.http.get("/books").json()) == 1
    carrier.http.put("/admin/behaviour", json={"lose_answer_next": 1})
    with pytest.raises(httpx.TransportError):
        buy(carrier, "ord_lose")
    assert len(carrier.http.get("/books").json()) == 2
    carrier.http.put("/admin/behaviour", json={"latency_ms_min": 300, "latency_ms_max": 300})
    started = time.monotonic()
    buy(carrier, "ord_late").raise_for_status()
    assert time.monotonic() - started >= 0.3
