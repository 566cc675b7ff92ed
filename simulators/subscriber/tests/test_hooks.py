"""A hook takes what is signed with its secrets, and shows all that came."""

import signal
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook
from testkit.simulators import running
from testkit.waiting import blocking_until

pytestmark = pytest.mark.process

SECRET, OTHER = "whsec_b3VyIHNlY3JldA==", "whsec_c29tZWJvZHkgZWxzZQ=="
BODY = '{"type": "order.status_changed", "data": {"status": "shipped"}}'


def make(subscriber: Any, *secrets: str, answers: tuple[int, ...] = ()) -> None:
    hook = {"secrets": secrets or [SECRET], "answers": answers}
    subscriber.http.put("/hooks/mine", json=hook).raise_for_status()


def send(
    subscriber: Any, webhook_id: str = "msg_1", secret: str = SECRET, age_s: int = 0, **more: str
) -> httpx.Response:
    at = datetime.now(UTC) - timedelta(seconds=age_s)
    headers = {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": f"v1,Zm9yZ2Vk {Webhook(secret).sign(webhook_id, at, BODY)}",
        **more,
    }
    answer: httpx.Response = subscriber.http.post("/hooks/mine", content=BODY, headers=headers)
    return answer


def test_a_webhook_that_names_a_trace_is_logged_with_it(subscriber: Any) -> None:
    make(subscriber)
    trace_id = uuid.uuid4().hex
    send(subscriber, traceparent=f"00-{trace_id}-{'f0' * 8}-01")
    blocking_until("it is logged", lambda: trace_id in subscriber.log)


def received(subscriber: Any) -> list[tuple[str, bool, int]]:
    found = subscriber.http.get("/hooks/mine").json()["received"]
    return [(one["webhook_id"], one["verified"], one["answered"]) for one in found]


def test_what_is_signed_is_taken_and_shown(subscriber: Any) -> None:
    make(subscriber)
    assert send(subscriber).status_code == 204
    (shown,) = subscriber.http.get("/hooks/mine").json()["received"]
    assert shown["body"]["data"] == {"status": "shipped"}
    assert received(subscriber) == [("msg_1", True, 204)]


@pytest.mark.parametrize(("secret", "age_s"), [(OTHER, 0), (SECRET, 600)], ids=["forged", "old"])
def test_what_is_not_signed_now_with_a_known_secret_is_refused(
    subscriber: Any, secret: str, age_s: int
) -> None:
    make(subscriber)
    assert send(subscriber, secret=secret, age_s=age_s).status_code == 401
    assert received(subscriber) == [("msg_1", False, 401)]


@pytest.mark.parametrize("signature", ["", "nonsense", "v1,%%%", "v1"])
def test_nonsense_for_a_signature_is_refused(subscriber: Any, signature: str) -> None:
    make(subscriber)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(datetime.now(UTC).timestamp())),
        "webhook-signature": signature,
    }
    answer = subscriber.http.post("/hooks/mine", content=b"\xff", headers=headers)
    assert answer.status_code == 401


def test_while_secrets_change_either_is_believed(subscriber: Any) -> None:
    make(subscriber, SECRET, OTHER)
    assert send(subscriber, secret=OTHER).status_code == 204
    assert send(subscriber, secret=SECRET).status_code == 204


def test_a_hook_gives_the_answers_that_were_set(subscriber: Any) -> None:
    make(subscriber, answers=(503, 410))
    assert [send(subscriber).status_code for _ in range(3)] == [503, 410, 204]


def test_an_answer_can_be_lost(subscriber: Any) -> None:
    make(subscriber)
    subscriber.http.put("/admin/behaviour", json={"lose_answer_next": 1}).raise_for_status()
    with pytest.raises(httpx.TransportError):
        send(subscriber)
    assert received(subscriber) == [("msg_1", True, 204)]


def test_there_is_no_hook_before_it_is_made(subscriber: Any) -> None:
    assert send(subscriber).status_code == 404
    assert subscriber.http.get("/hooks/mine").status_code == 404


@pytest.mark.parametrize(
    "hook",
    [
        {},
        {"secrets": []},
        {"secrets": ["whsec_"]},
        {"secrets": ["whsec_x"]},
        {"secrets": [SECRET], "answers": [99]},
        {"secrets": [SECRET], "wrong": 1},
    ],
)
def test_a_bad_hook_is_refused(subscriber: Any, hook: dict[str, Any]) -> None:
    assert subscriber.http.put("/hooks/mine", json=hook).status_code == 422


def test_what_came_survives_a_kill(tmp_path: Path) -> None:
    with running("subscriber", tmp_path) as subscriber:
        make(subscriber, answers=(503, 500))
        send(subscriber)
        subscriber.stop(signal.SIGKILL)
        subscriber.start()
        assert send(subscriber).status_code == 500
        assert len(received(subscriber)) == 2
        assert subscriber.stop() == 0
