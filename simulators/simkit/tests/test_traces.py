"""The trace that somebody names is in the log, and nothing else of what they send."""

from contextlib import closing
from pathlib import Path

import pytest
from simkit import Books, Switches, trace_id_of, trace_keys
from simkit.signing import Receiver
from simkit.traces import current_trace_id
from simkit.webhooks import Webhooks, WebhookSwitches

TRACE = "4b" * 16
TRACEPARENT = f"00-{TRACE}-{'f0' * 8}-01"
OF_AN_EARLIER_VERSION = """
CREATE TABLE webhooks (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, body TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL
);
INSERT INTO webhooks (id, body, due) VALUES ('evt_old', '{}', 0);
"""


def test_a_traceparent_names_its_trace() -> None:
    assert trace_keys(trace_id_of(TRACEPARENT)) == {"trace_id": TRACE}


@pytest.mark.parametrize(
    "sent", [None, "", "nonsense", TRACEPARENT[:-1], f"{TRACEPARENT} Ada", TRACE]
)
def test_what_is_no_traceparent_is_not_told(sent: str | None) -> None:
    assert trace_keys(trace_id_of(sent)) == {}


def test_a_webhook_keeps_the_trace_of_its_request_beside_those_of_an_earlier_version(
    tmp_path: Path,
) -> None:
    receiver = Receiver("http://shop/hooks", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    with closing(Books(tmp_path / "psp.sqlite3")) as books:
        books.extend(OF_AN_EARLIER_VERSION)
        for _ in range(2):  # the second finds the column
            webhooks = Webhooks(books, receiver, Switches(WebhookSwitches()), seed=1)
        current_trace_id.set(TRACE)
        webhooks.announce("evt_new", "{}")
        kept = {row["id"]: row["trace_id"] for row in books.all("SELECT * FROM webhooks")}
    assert kept == {"evt_old": None, "evt_new": TRACE}
