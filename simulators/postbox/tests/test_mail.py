import time
import uuid
from typing import Any

import pytest
from testkit.waiting import blocking_until

pytestmark = pytest.mark.process


def messages(postbox: Any, **params: Any) -> dict[str, Any]:
    found: dict[str, Any] = postbox.http.get("/api/v1/messages", params=params).json()
    return found


def search(postbox: Any, query: str) -> list[str]:
    found = postbox.http.get("/api/v1/search", params={"query": query}).json()
    return [each["MessageID"] for each in found["messages"]]


def test_a_mail_can_be_read_as_it_was_written(postbox: Any, mail: Any) -> None:
    postbox.send(mail(1, X_Order_Id="ord_1"))
    (summary,) = messages(postbox)["messages"]
    assert summary["MessageID"] == "ord_1.shipped@orderstream"
    assert summary["From"] == {"Name": "The Shop", "Address": "shop@example.org"}
    assert summary["To"] == [{"Name": "Ada Lovelace", "Address": "ada1@example.org"}]
    assert summary["Subject"] == "On its way, Zoë"
    assert summary["Snippet"] == "Hello Ada, parcel 1 is on its way."
    assert summary["Headers"] == {"X-Order-Id": "ord_1"}
    whole = postbox.http.get(f"/api/v1/message/{summary['ID']}").json()
    assert whole["Text"].splitlines()[2] == "parcel 1 is on its way."
    assert "<b>1</b>" in whole["HTML"]
    headers = postbox.http.get(f"/api/v1/message/{summary['ID']}/headers").json()
    assert headers["X-Order-Id"] == ["ord_1"]
    assert headers["Subject"] == ["On its way, Zoë"]


def test_the_newest_mail_comes_first_and_pages_turn(postbox: Any, mail: Any) -> None:
    with postbox.connect() as door:
        for number in range(5):
            door.send_message(mail(number))
    page = messages(postbox, limit=2, start=1)
    assert (page["total"], page["count"], page["start"]) == (5, 2, 1)
    ids = [each["MessageID"] for each in page["messages"]]
    assert ids == ["ord_3.shipped@orderstream", "ord_2.shipped@orderstream"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("to:ADA2@example.org", [2]),
        ("to:ada@example.org", []),
        ("from:shop@example.org", [2, 1]),
        ("x-order-id:ord_1", [1]),
        ("message-id:ord_2.shipped@orderstream", [2]),
        ("message-id:ord_2", [2]),
        ("message-id:ord_3", []),
        ('subject:"its way"', [1]),
        ("subject:cancelled", [2]),
        ("subject:cancelled to:ada1@example.org", []),
        ("parcel 1", [1]),
        ("100%", []),
    ],
)
def test_mails_are_found(postbox: Any, mail: Any, query: str, found: list[int]) -> None:
    postbox.send(mail(1, X_Order_Id="ord_1"))
    postbox.send(mail(2, subject="Order cancelled", X_Order_Id="ord_2"))
    assert search(postbox, query) == [f"ord_{number}.shipped@orderstream" for number in found]


def test_a_blind_copy_is_found_by_its_envelope(postbox: Any, mail: Any) -> None:
    with postbox.connect() as door:
        door.send_message(mail(1), to_addrs=["hidden@example.org"])
    assert search(postbox, "to:hidden@example.org") == ["ord_1.shipped@orderstream"]


@pytest.mark.parametrize(
    ("subject", "charset", "shown"),
    [
        ("=?utf-9?q?what?=", "none", "=?utf-9?q?what?="),
        ("=?utf-7?q?half_+2AA-?=", "idna", "half ?"),
    ],
)
def test_malformed_mail_is_kept_and_shown(
    postbox: Any, subject: str, charset: str, shown: str
) -> None:
    head = f"Subject: {subject}\r\nContent-Type: text/plain; charset={charset}\r\n\r\n"
    raw = head.encode() + b"<b>\xff\r\n"
    with postbox.connect() as door:
        door.sendmail("a@example.org", ["b@example.org"], raw)
    (summary,) = messages(postbox)["messages"]
    assert summary["Subject"] == shown
    assert summary["To"] == [{"Name": "", "Address": "b@example.org"}]
    page = postbox.http.get(f"/view/{summary['ID']}")
    assert page.status_code == 200
    assert "&lt;b&gt;" in page.text


def test_mails_can_be_deleted(postbox: Any, mail: Any) -> None:
    postbox.send(mail(1))
    assert postbox.http.delete("/api/v1/messages").status_code == 200
    assert messages(postbox)["total"] == 0
    assert search(postbox, "to:ada1@example.org") == []


def test_a_mail_that_is_not_there_is_not_found(postbox: Any) -> None:
    for path in ("/api/v1/message/9999", "/api/v1/message/x/headers", "/view/9999"):
        assert postbox.http.get(path).status_code == 404


@pytest.mark.parametrize("params", [{"limit": 1001}, {"limit": "x"}, {"start": -1}])
def test_impossible_pages_are_refused(postbox: Any, params: dict[str, Any]) -> None:
    assert postbox.http.get("/api/v1/messages", params=params).status_code == 422


def test_the_pages_show_mail_but_run_none_of_it(postbox: Any, mail: Any) -> None:
    assert "No mail yet" in postbox.http.get("/").text
    postbox.send(mail(1, subject="<script>alert(1)</script>"))
    page = postbox.http.get("/")
    assert "ada1" not in page.text  # people have names
    assert "Ada Lovelace" in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    mail_id = messages(postbox)["messages"][0]["ID"]
    view = postbox.http.get(f"/view/{mail_id}").text
    assert "<script" not in view
    assert "<iframe sandbox" in view
    assert "&lt;b&gt;1&lt;/b&gt;" in view


def test_the_list_has_pages_and_a_search(postbox: Any, mail: Any) -> None:
    with postbox.connect() as door:
        for number in range(52):
            door.send_message(mail(number))
    first = postbox.http.get("/").text
    assert first.count("<li>") == 50
    assert "Older" in first
    second = postbox.http.get("/", params={"start": 50}).text
    assert second.count("<li>") == 2
    assert "Newer" in second
    found = postbox.http.get("/", params={"query": "to:ada7@example.org"}).text
    assert found.count("<li>") == 1
    assert "1 mail<" in found


def test_the_list_looks_again_only_when_asked_to(postbox: Any) -> None:
    assert "refresh" not in postbox.http.get("/").text
    assert "refresh" in postbox.http.get("/", params={"watch": 1}).text


def test_a_kept_open_connection_takes_many_mails(postbox: Any, mail: Any) -> None:
    with postbox.connect() as door:
        started = time.monotonic()
        for number in range(300):
            door.sendmail("a@example.org", ["b@example.org"], mail(number).as_bytes())
        took = time.monotonic() - started
    assert messages(postbox, limit=0)["total"] == 300
    assert took < 60  # a bound against stalls; the rate itself is measured elsewhere


def test_a_mail_is_logged_by_its_message_id_and_trace(postbox: Any, mail: Any) -> None:
    trace_id = uuid.uuid4().hex
    message = mail(traceparent=f"00-{trace_id}-{'f0' * 8}-01")
    message.replace_header(
        "Message-ID", f"<{trace_id}.{'long' * 20}@orderstream>"
    )  # on a line of its own
    postbox.send(message)

    def is_logged() -> bool:
        lines = [line for line in postbox.simulator.log.splitlines() if trace_id in line]
        return any(
            f"{trace_id}.{'long' * 20}@orderstream" in line and f"trace_id={trace_id}" in line
            for line in lines
        )

    blocking_until("it is logged", is_logged)
