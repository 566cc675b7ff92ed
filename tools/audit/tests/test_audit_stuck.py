"""What waits for longer than anything may is told as stuck, with its cause."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from audit import judge
from audit.books import Books
from audit.records import DeadLetter, Pending, StatusChange
from audit.testing import BOUGHT, DECLINED, NOW, STOPPED, change, found
from audit.waiting import GRACE, PASSED_ON_WITHIN

MOMENT = timedelta(seconds=1)


def stuck_with(books: Books, order_id: str) -> str:
    """What the one breach of these books says."""
    (breach,) = judge(books).violations
    assert (breach.rule, breach.subject) == ("stuck", order_id)
    return breach.finding


def still_cancelling(books: Books, age: timedelta) -> Books:
    """The same, with an order of this age that waits for the provider, which was asked just now."""
    orders = change(books.orders, STOPPED, status="cancelling", final_at=None, placed_at=NOW - age)
    asked = Pending("payment", STOPPED, "VoidPayment", 272, "400: too large", NOW, is_command=True)
    return replace(
        books,
        orders=orders,
        pending=[asked],
        history=_before_its_end(books.history),
        status_changes=_before_its_end(books.status_changes),
    )


def _before_its_end(steps: Sequence[StatusChange]) -> list[StatusChange]:
    return [one for one in steps if (one.order_id, one.status) != (STOPPED, "cancelled")]


def left(since: timedelta, *, is_command: bool) -> Pending:
    return Pending(
        "payment", BOUGHT, "CapturePayment", 18, "timeout", NOW - since, is_command=is_command
    )


def test_an_order_beyond_its_deadline_is_stuck_however_young_what_it_waits_for(
    books: Books,
) -> None:
    limit = books.deadline + GRACE
    in_time = still_cancelling(books, limit)
    assert list(in_time.in_flight) == [STOPPED]
    assert found(in_time) == {}
    late = still_cancelling(books, limit + MOMENT)
    assert late.in_flight == {}
    assert stuck_with(late, STOPPED) == (
        "cancelling 61 s after its deadline: "
        "waits for payment: VoidPayment, tried 272 times: 400: too large"
    )


def test_an_order_that_people_see_to_may_take_as_long_as_they_do(books: Books) -> None:
    late = still_cancelling(books, books.deadline + GRACE + MOMENT)
    letter = DeadLetter("payment", "command:VoidPayment", STOPPED, "no", is_open=False)
    assert found(replace(late, dead_letters=[letter])) == {}
    review = StatusChange(STOPPED, 9, "payment_review")
    assert "stuck" not in found(replace(late, history=[*late.history, review]))


def test_a_command_without_an_answer_is_stuck_once_no_order_may_wait_so_long(books: Books) -> None:
    limit = books.deadline + GRACE
    assert found(replace(books, pending=[left(limit, is_command=True)])) == {}
    broken = replace(books, pending=[left(limit + MOMENT, is_command=True)])
    assert stuck_with(broken, BOUGHT) == (
        "waits for payment: CapturePayment, tried 18 times: timeout, for 361 s"
    )


def test_a_record_that_is_not_published_is_stuck(books: Books) -> None:
    row = Pending("gateway", BOUGHT, "order-placed", since=NOW - PASSED_ON_WITHIN)
    assert found(replace(books, pending=[row])) == {}
    old = row._replace(since=NOW - PASSED_ON_WITHIN - MOMENT)
    stuck = stuck_with(replace(books, pending=[old]), BOUGHT)
    assert stuck == "waits for gateway: order-placed, for 121 s"


def test_an_event_that_nobody_consumes_is_stuck(books: Books) -> None:
    event_id = f"{DECLINED}/PaymentDeclined/1"
    inboxes = {**books.inboxes, "order": books.inboxes["order"] - {event_id}}
    unhandled = replace(books, acknowledged={}, inboxes=inboxes)
    assert stuck_with(unhandled, DECLINED) == (
        "waits for order to consume orderstream.PaymentDeclined.v1, for 1800 s"
    )


def test_what_is_stuck_is_reported_before_what_only_waits(books: Books) -> None:
    old = left(books.deadline + GRACE + MOMENT, is_command=True)
    young = Pending("notifier", BOUGHT, "customer-notified", since=NOW)
    assert "CapturePayment" in stuck_with(replace(books, pending=[old, young]), BOUGHT)
    assert "CapturePayment" in stuck_with(replace(books, pending=[young, old]), BOUGHT)


def test_other_rules_do_not_judge_an_order_that_is_stuck(books: Books) -> None:
    late = still_cancelling(books, books.deadline + GRACE + MOMENT)
    unpaid = replace(late, payments=change(late.payments, STOPPED, status="voiding"))
    assert found(unpaid) == {"stuck": [STOPPED]}
