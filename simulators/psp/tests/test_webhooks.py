"""What the provider announces, received by a server of its own."""

import base64
import hashlib
import hmac
import json
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from simkit.signing import Receiver
from testkit.simulators import Simulator, refusal, running
from testkit.waiting import blocking_until

pytestmark = pytest.mark.process

KEY = b"k" * 24
SECRET = "whsec_" + base64.b64encode(KEY).decode()


class Inbox:
    """Receives webhooks; answers the first `refuse` of them with 500."""

    def __init__(self, refuse: int = 0) -> None:
        self.refuse = refuse
        self.received: list[tuple[dict[str, str], bytes]] = []
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                inbox.received.append(({k.lower(): v for k, v in self.headers.items()}, body))
                inbox.refuse -= 1
                self.send_response(200 if inbox.refuse < 0 else 500)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.received]


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    inbox = Inbox()
    yield inbox
    inbox.server.shutdown()
    inbox.server.server_close()


@pytest.fixture
def psp(inbox: Inbox, tmp_path: Path) -> Iterator[Simulator]:
    settings = {"WEBHOOK_URL": inbox.url, "WEBHOOK_SECRET": SECRET, "LATENCY_MS_MAX": "0"}
    with running("psp", tmp_path, **settings) as simulator:
        yield simulator


def pay(psp: Simulator, order_id: str, card: str = "tok_visa", **more: str) -> str:
    body = {
        "amount": 500,
        "currency": "gbp",
        "payment_method": card,
        "capture_method": "manual",
        "confirm": True,
        "metadata": {"order_id": order_id},
    }
    headers = {"Idempotency-Key": f"{order_id}:pay", **more}
    psp.http.post("/v1/payment_intents", json=body, headers=headers)
    return str(psp.http.get(f"/v1/payment_intents?order_id={order_id}").json()["data"][0]["id"])


def act(psp: Simulator, intent: str, act: str) -> None:
    path = f"/v1/payment_intents/{intent}/{act}"
    psp.http.post(path, json={}, headers={"Idempotency-Key": f"{intent}:{act}"}).raise_for_status()


def test_each_change_is_announced_once_with_the_key_of_its_request(
    psp: Simulator, inbox: Inbox
) -> None:
    taken, released, declined = (
        pay(psp, "ord_1"),
        pay(psp, "ord_2"),
        pay(psp, "ord_3", "tok_declined"),
    )
    act(psp, taken, "capture")
    act(psp, taken, "capture")
    act(psp, released, "cancel")
    blocking_until("five events have come", lambda: len(inbox.events) >= 5)
    fields = {
        (e["type"], e["data"]["object"]["id"], e["request"]["idempotency_key"])
        for e in inbox.events
    }
    assert fields == {
        ("payment_intent.amount_capturable_updated", taken, "ord_1:pay"),
        ("payment_intent.amount_capturable_updated", released, "ord_2:pay"),
        ("payment_intent.payment_failed", declined, "ord_3:pay"),
        ("payment_intent.succeeded", taken, f"{taken}:capture"),
        ("payment_intent.canceled", released, f"{released}:cancel"),
    }
    assert len(inbox.events) == 5
    assert all(headers["webhook-id"] == json.loads(body)["id"] for headers, body in inbox.received)


def test_it_is_signed_over_its_id_its_time_and_its_raw_body(psp: Simulator, inbox: Inbox) -> None:
    pay(psp, "ord_1")
    headers, body = blocking_until("an event has come", lambda: inbox.received)[0]
    headers_ = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = base64.b64encode(hmac.digest(KEY, headers_, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{digest}"


def test_the_signature_is_that_of_the_published_example() -> None:
    receiver = Receiver("", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signature = receiver.signature(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}'
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_is_refused_is_sent_again_under_the_same_id(psp: Simulator, inbox: Inbox) -> None:
    inbox.refuse = 2
    pay(psp, "ord_1")
    blocking_until("three events have come", lambda: len(inbox.received) == 3)
    assert len({headers["webhook-id"] for headers, _ in inbox.received}) == 1


def test_a_postponed_webhook_is_logged_with_the_trace_of_its_request(
    psp: Simulator, inbox: Inbox
) -> None:
    inbox.refuse = 1
    pay(psp, "ord_1", traceparent=f"00-{'4b' * 16}-{'f0' * 8}-01")

    def is_logged() -> bool:
        lines = psp.log.splitlines()
        return any("webhook_postponed" in line and "4b" * 16 in line for line in lines)

    blocking_until("it is logged", is_logged)


def test_what_was_not_taken_survives_a_kill(psp: Simulator, inbox: Inbox) -> None:
    inbox.refuse = 1
    pay(psp, "ord_1")
    blocking_until("an event has come", lambda: inbox.received)
    psp.stop(signal.SIGKILL)
    psp.start()
    blocking_until("it has come again", lambda: len(inbox.received) == 2)


def test_on_request_each_comes_twice_and_some_overtake(psp: Simulator, inbox: Inbox) -> None:
    wanted = {"webhook_copies": 2, "webhook_delay_ms_max": 800}
    psp.http.put("/admin/behaviour", json=wanted).raise_for_status()
    orders = [f"ord_{number}" for number in range(12)]
    for order_id in orders:
        pay(psp, order_id)
    blocking_until("all events have come", lambda: len(inbox.events) == 24)
    came = [event["data"]["object"]["metadata"]["order_id"] for event in inbox.events]
    assert sorted(came) == sorted(orders * 2)
    assert list(dict.fromkeys(came)) != orders


def test_an_address_needs_a_secret(tmp_path: Path) -> None:
    message = refusal("psp", tmp_path, WEBHOOK_URL="http://127.0.0.1:1/")
    assert message == "psp: bad settings: WEBHOOK_SECRET must be whsec_ and base64\n"


def test_the_secret_can_be_a_file(tmp_path: Path, inbox: Inbox) -> None:
    (tmp_path / "webhook_secret").write_text(f"{SECRET}\n")
    with running("psp", tmp_path, WEBHOOK_URL=inbox.url, SECRETS_DIR=str(tmp_path)) as psp:
        pay(psp, "ord_secret")
        blocking_until("an event has come", lambda: len(inbox.received) == 1)
    headers, body = inbox.received[0]
    expected = Receiver("", SECRET).signature(
        headers["webhook-id"], int(headers["webhook-timestamp"]), body.decode()
    )
    assert headers["webhook-signature"] == expected
