"""Events, histories, messages and deliveries that are missing or too many are seen."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from audit import judge
from audit.books import Books
from audit.broker import RecordReader
from audit.listeners import CONSUMED_BY
from audit.records import DeadLetter, Fault, Mail, Notice, StatusChange, Stray
from audit.testing import BOUGHT, DECLINED, NOW, STOPPED, change, found, without
from events import CustomerNotified, OrderEvent, OrderStatusChanged


def test_an_event_that_was_lost_in_the_middle_or_at_the_end_is_reported(books: Books) -> None:
    for lost in ("PaymentAuthorized/1", "PaymentCaptured/2"):
        rest = [event for event in books.events if event.id != f"{BOUGHT}/{lost}"]
        assert BOUGHT in found(replace(books, events=rest))["sequences"]


def test_a_number_that_was_given_twice_is_reported(books: Books) -> None:
    (event,) = books.events_of["PaymentVoided", STOPPED]
    numbered = [e._replace(sequence=1) if e.id == event.id else e for e in books.events]
    assert found(replace(books, events=numbered)) == {"sequences": [STOPPED]}


def test_an_event_without_a_known_cause_is_reported(books: Books) -> None:
    (event,) = books.events_of["PaymentVoided", STOPPED]
    orphan = [e._replace(causation_id="x") if e.id == event.id else e for e in books.events]
    assert found(replace(books, events=orphan)) == {"sequences": [STOPPED]}


def test_a_record_that_is_no_event_is_reported(books: Books) -> None:
    stray = Stray("order-placed", 0, 7)
    assert found(replace(books, strays=[stray])) == {"sequences": ["order-placed/0/7"]}
    payment, order = (
        DeadLetter(service, stray.topic, "", "unreadable", stray, is_open=False)
        for service in ("payment", "order")
    )
    one_has_not = replace(books, strays=[stray], dead_letters=[payment])
    assert found(one_has_not) == {"sequences": ["order-placed/0/7"]}
    assert found(replace(one_has_not, dead_letters=[payment, order])) == {}
    of_order = {stray: Fault(type="orderstream.CancellationRequested.v1")}
    one_is_meant = replace(books, strays=[stray], faults=of_order, dead_letters=[order])
    assert found(one_is_meant) == {}


def test_what_is_of_an_unknown_type_is_counted_and_breaks_no_rule(books: Books) -> None:
    strange = replace(books, unknown={"orderstream.OrderPraised.v1": 2})
    assert found(strange) == {}
    counts = [dict(result.counts) for result in judge(strange).results]
    assert any(one.get("of unknown type orderstream.OrderPraised.v1") == 2 for one in counts)


@pytest.mark.parametrize("body", [None, b"", b"no json", b"[]", b"{}", b"\xff", b"null"])
@pytest.mark.parametrize("kind", [OrderStatusChanged, CustomerNotified])
def test_an_event_whose_body_cannot_be_read_is_reported_by_its_place(kind, body) -> None:
    kept: list[object] = []
    reported = RecordReader(lambda *event: kept.append(event))
    reported.add(record(kind, body))
    assert ([*reported.strays], kept) == ([Stray("a-topic", 3, 41)], [])


def test_a_record_without_a_key_or_with_a_name_in_bytes_is_reported_by_its_place() -> None:
    for key in (None, b"\xff"):
        reported = RecordReader(lambda *_: None)
        reported.add(record(OrderStatusChanged, b"{}", key=key))
        assert [*reported.strays] == [Stray("a-topic", 3, 41)]


def record(kind: type[OrderEvent], body: bytes | None, key: bytes | None = b"ord_1") -> Any:
    """A record of an event, whose headers are sound."""
    headers = {"ce_id": "1", "ce_type": kind.type_name(), "ce_source": "x", "ce_sequence": "1"}
    return SimpleNamespace(
        topic="a-topic",
        partition=3,
        offset=41,
        timestamp=0,
        key=key,
        value=body,
        headers=[(name, value.encode()) for name, value in headers.items()],
    )


def test_a_forbidden_step_and_a_second_end_are_reported(books: Books) -> None:
    more = StatusChange(DECLINED, 3, "completed", "cancelled")
    broken = replace(
        books,
        orders=change(books.orders, DECLINED, status="completed", version=3),
        history=[*books.history, more._replace(previous=None)],
        status_changes=[*books.status_changes, more],
    )
    assert found(broken)["history"] == [DECLINED, DECLINED]


def test_a_history_that_differs_from_the_events_is_reported(books: Books) -> None:
    changes = [
        step._replace(status="shipped") if step.status == "reserved" else step
        for step in books.status_changes
    ]
    assert found(replace(books, status_changes=changes)) == {"history": [BOUGHT, STOPPED]}
    missing = [step for step in books.history if step.sequence < len(books.history)]
    assert found(replace(books, history=missing[1:])) == {"history": [BOUGHT, BOUGHT]}


def test_a_step_that_claims_another_predecessor_is_reported(books: Books) -> None:
    changes = [step._replace(previous="shipped") for step in books.status_changes]
    assert set(found(replace(books, status_changes=changes))) == {"history"}


def test_a_customer_who_was_notified_twice_is_notified(books: Books) -> None:
    again = [*books.notices, books.notices[0]]
    assert found(replace(books, notices=again)) == {"messages": [BOUGHT]}
    other = Notice(BOUGHT, "order_cancelled", f"<{BOUGHT}>")
    assert found(replace(books, notices=[*books.notices, other])) == {"messages": [BOUGHT]}


def test_the_same_mail_twice_is_a_repeat_but_another_one_is_reported(books: Books) -> None:
    assert found(replace(books, mails=[*books.mails, books.mails[0]])) == {}
    other = Mail(BOUGHT, "another")
    assert found(replace(books, mails=[*books.mails, other])) == {"messages": [BOUGHT]}


def test_a_customer_who_was_notified_nothing_or_whose_mail_is_not_there_is_notified(
    books: Books,
) -> None:
    silent = without(books.notifications, DECLINED)
    assert DECLINED in found(replace(books, notifications=silent))["messages"]
    assert found(replace(books, mails=without(books.mails, BOUGHT))) == {"messages": [BOUGHT]}


def test_a_mail_about_an_order_that_has_not_got_so_far_or_is_not_there_is_reported(
    books: Books,
) -> None:
    early = replace(books, orders=change(books.orders, BOUGHT, status="reserved"))
    assert BOUGHT in found(early)["messages"]
    stray = Mail("ord_none", "a mail")
    assert found(replace(books, mails=[*books.mails, stray])) == {"messages": ["ord_none"]}


def test_a_mailbox_that_is_not_there_is_nobodys_fault(books: Books) -> None:
    refused = replace(
        books,
        notifications=change(books.notifications, BOUGHT, status="refused", version=0),
        notices=without(books.notices, BOUGHT),
        mails=without(books.mails, BOUGHT),
        events=[e for e in books.events if e.id != f"{BOUGHT}/CustomerNotified/1"],
    )
    assert found(refused) == {}


def test_an_event_that_was_acknowledged_but_never_handled_is_reported(books: Books) -> None:
    event_id = f"{BOUGHT}/ShippingInitiated/1"
    inboxes = {**books.inboxes, "payment": books.inboxes["payment"] - {event_id}}
    assert found(replace(books, inboxes=inboxes)) == {"deliveries": [BOUGHT]}


def test_an_event_that_was_set_aside_is_a_dead_letter_but_not_lost(books: Books) -> None:
    (event,) = books.events_of["OrderPlaced", BOUGHT]
    place = Stray(event.topic, event.partition, event.offset)
    letter = DeadLetter("payment", event.topic, BOUGHT, "ValueError: no", place)
    inbox = books.inboxes["payment"] - {event.id} | {place.id}
    buried = replace(books, dead_letters=[letter], inboxes={**books.inboxes, "payment": inbox})
    assert found(buried) == {"endings": [BOUGHT]}


def test_the_notifier_has_every_change_of_status_in_its_inbox(books: Books) -> None:
    reserved, *_ = [e.id for e in books.events if e.status == "reserved"]
    inboxes = {**books.inboxes, "notifier": books.inboxes["notifier"] - {reserved}}
    assert found(replace(books, inboxes=inboxes)) == {"deliveries": [reserved.partition("/")[0]]}


def test_an_event_that_was_handled_but_never_emitted_is_reported(books: Books) -> None:
    inboxes = {**books.inboxes, "payment": books.inboxes["payment"] | {"invented"}}
    assert found(replace(books, inboxes=inboxes)) == {"deliveries": ["invented"]}


def test_what_is_older_than_any_inbox_is_not_missed(books: Books) -> None:
    kept = dict.fromkeys(CONSUMED_BY, timedelta(days=14))
    forgotten = replace(books, inboxes={}, remembered=kept)
    assert found(replace(forgotten, taken_at=NOW + timedelta(days=15))) == {}
    assert found(replace(forgotten, taken_at=NOW + timedelta(days=13))) != {}
