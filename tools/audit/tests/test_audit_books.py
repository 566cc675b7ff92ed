"""Orders on their way are told from broken ones, and the report says so."""

import json
from dataclasses import replace
from datetime import timedelta

from audit import Report, judge
from audit.books import Books
from audit.records import Intent, Pending
from audit.testing import BOUGHT, DECLINED, NOW


def open_since(books: Books, age: timedelta) -> Books:
    """The same, with the first order not ended."""
    first = books.orders[0]._replace(status="reserved", final_at=None, placed_at=NOW - age)
    return replace(books, orders=[first, *books.orders[1:]], history=(), status_changes=())


def test_an_order_that_may_still_end_in_time_is_in_flight(books: Books) -> None:
    young = open_since(books, timedelta(seconds=300))
    assert young.in_flight == {BOUGHT: "reserved after 300 s"}
    assert open_since(books, timedelta(seconds=361)).in_flight == {}


def test_an_order_is_in_flight_while_something_is_to_be_done_for_it(books: Books) -> None:
    left = Pending("payment", BOUGHT, "CapturePayment", 3, "timeout")
    waiting = replace(books, pending=[left])
    assert waiting.in_flight == {
        BOUGHT: "waits for payment: CapturePayment, tried 3 times: timeout"
    }


def unhandled_for(books: Books, age: timedelta) -> Books:
    """The same, with one event of this age that is not consumed."""
    event_id = f"{DECLINED}/PaymentDeclined/1"
    said_ms = int((NOW - age).timestamp() * 1000)
    events = [e._replace(at_ms=said_ms) if e.id == event_id else e for e in books.events]
    inboxes = {**books.inboxes, "order": books.inboxes["order"] - {event_id}}
    return replace(books, events=events, acknowledged={}, inboxes=inboxes)


def test_an_order_is_in_flight_while_an_event_is_not_consumed(books: Books) -> None:
    unhandled = unhandled_for(books, timedelta(seconds=3))
    expected = "waits for order to consume orderstream.PaymentDeclined.v1"
    assert unhandled.in_flight == {DECLINED: expected}
    assert judge(unhandled).violations == []


def test_what_is_in_flight_breaks_no_rule_but_leaves_the_verdict_open(books: Books) -> None:
    charged = Intent(DECLINED, "pi_9", "requires_capture", "GBP", 0, 0, 0)
    flying = replace(
        books,
        pending=[Pending("payment", DECLINED, "VoidPayment")],
        intents=[*books.intents, charged],
    )
    assert judge(flying).clean
    waited = judge(flying, waited=True)
    assert not waited.clean
    assert waited.summary == "no verdict: 10 rules hold, 1 in flight"


def test_while_somebody_does_not_run_what_is_in_flight_leaves_the_verdict_open(
    books: Books,
) -> None:
    dead = replace(books, absent={"payment-worker": "does not answer"})
    assert judge(dead).clean, "nothing waits for it"
    flying = replace(dead, pending=[Pending("payment", DECLINED, "VoidPayment")])
    report = judge(flying)
    assert not report.clean
    assert report.summary == (
        "no verdict: 10 rules hold, 1 in flight; does not run: payment-worker"
    )
    assert report.as_json()["absent"] == {"payment-worker": "does not answer"}


def broken(books: Books) -> Report:
    stray = [Intent(f"ord_{n}", "pi", "requires_capture", "GBP", 0, 0, 0) for n in range(12)]
    return judge(replace(books, intents=[*books.intents, *stray]))


def test_a_report_can_be_read_by_machines(books: Books) -> None:
    read = json.loads(json.dumps(broken(books).as_json()))
    (money,) = (rule for rule in read["rules"] if rule["violations"])
    assert (read["clean"], money["name"], len(money["violations"])) == (False, "money", 12)
    assert money["checked"]["minor units of GBP taken"] == 1998
