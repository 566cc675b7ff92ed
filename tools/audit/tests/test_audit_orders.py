"""Lost, invented and endless orders are seen."""

from dataclasses import replace
from datetime import timedelta

import pytest
from audit import judge
from audit.books import Books
from audit.records import DeadLetter, KeyUse, StatusChange
from audit.testing import BOUGHT, DECLINED, PLACED, TOTAL, change, found, without
from client import LedgerEntry


def test_sound_books_break_no_rule_and_every_rule_was_checked_on_something(books: Books) -> None:
    report = judge(replace(books, ledger=[LedgerEntry(f"key of {BOUGHT}", "ok", BOUGHT)]))
    assert report.clean
    assert report.summary == "clean: 11 rules hold, 0 in flight"
    assert [one.rule.name for one in report.results if not any(one.counts.values())] == []


def test_an_accepted_order_that_never_became_one_is_reported(books: Books) -> None:
    lost = replace(books, orders=without(books.orders, DECLINED))
    assert found(lost)["acceptance"] == [DECLINED]


def test_an_accepted_order_that_was_never_emitted_is_reported(books: Books) -> None:
    unsaid = [e for e in books.events if e.id != f"{BOUGHT}/OrderPlaced/1"]
    assert BOUGHT in found(replace(books, events=unsaid))["acceptance"]


def test_an_order_that_nobody_accepted_is_reported(books: Books) -> None:
    invented = replace(books, accepted=without(books.accepted, BOUGHT), keys=books.keys[1:])
    assert set(found(invented)["acceptance"]) == {BOUGHT}


def test_an_order_that_was_placed_twice_is_reported(books: Books) -> None:
    again = [e._replace(id="again", sequence=2) for e in books.events if e.offset == 1]
    placed = [e for e in again if e.topic == "order-placed" and e.order_id == BOUGHT]
    broken = found(replace(books, events=(*books.events, *placed)))
    assert broken["acceptance"] == [BOUGHT]


def test_two_orders_for_one_key_are_reported(books: Books) -> None:
    twice = change(books.keys, DECLINED, key=books.keys[0].key)
    assert found(replace(books, keys=twice)) == {"acceptance": [f"{BOUGHT}, {DECLINED}"]}


def test_an_order_without_a_key_or_under_two_is_reported(books: Books) -> None:
    assert found(replace(books, keys=books.keys[1:])) == {"acceptance": [BOUGHT]}
    second = KeyUse("bob", "another", BOUGHT)
    assert found(replace(books, keys=[*books.keys, second])) == {"acceptance": [BOUGHT]}


def test_an_order_over_another_total_than_was_accepted_is_reported(books: Books) -> None:
    accepted = change(books.accepted, DECLINED, total=TOTAL._replace(amount=1))
    assert found(replace(books, accepted=accepted)) == {"acceptance": [DECLINED]}


@pytest.mark.parametrize(
    ("entry", "subject"),
    [
        (LedgerEntry("a key", "ok", "ord_lost"), "ord_lost"),
        (LedgerEntry(f"key of {BOUGHT}", "ok", DECLINED), DECLINED),
        (LedgerEntry(f"key of {BOUGHT}", "failed"), BOUGHT),
    ],
)
def test_a_wrong_answer_to_a_client_is_reported(books: Books, entry, subject) -> None:
    assert found(replace(books, ledger=[entry])) == {"clients": [subject]}


def test_a_request_without_an_answer_is_one_order_or_none_but_never_two(books: Books) -> None:
    unknown = [LedgerEntry(f"key of {BOUGHT}", "unknown"), LedgerEntry("a lost one", "unknown")]
    assert found(replace(books, ledger=unknown)) == {}
    twice = [*books.keys, KeyUse("bob", f"key of {BOUGHT}", "ord_second")]
    assert "clients" in found(replace(books, ledger=unknown, keys=twice))


def test_an_order_for_which_nothing_is_left_to_do_but_that_has_not_ended_is_reported(
    books: Books,
) -> None:
    stuck = replace(books, orders=change(books.orders, BOUGHT, status="shipped", final_at=None))
    assert BOUGHT in found(stuck)["endings"]


def test_an_order_that_ended_too_late_is_reported(books: Books) -> None:
    late = PLACED + books.deadline + timedelta(seconds=61)
    assert found(replace(books, orders=change(books.orders, DECLINED, final_at=late))) == {
        "endings": [DECLINED]
    }


def test_an_order_that_had_to_wait_for_people_may_end_late(books: Books) -> None:
    late = PLACED + books.deadline + timedelta(seconds=61)
    orders = change(books.orders, DECLINED, final_at=late)
    review = StatusChange(DECLINED, 2, "payment_review")
    assert "endings" not in found(replace(books, orders=orders, history=[*books.history, review]))
    letter = DeadLetter("payment", "order-placed", DECLINED, "ValueError: no", is_open=False)
    assert found(replace(books, orders=orders, dead_letters=[letter])) == {}


def test_facts_about_an_order_that_was_never_placed_are_reported(books: Books) -> None:
    orders = change(books.orders, DECLINED, status=None, placed_at=None)
    assert DECLINED in found(replace(books, orders=orders))["endings"]


def test_a_dead_letter_is_reported(books: Books) -> None:
    letter = DeadLetter("payment", "order-placed", BOUGHT, "ValueError: no")
    assert found(replace(books, dead_letters=[letter])) == {"endings": [BOUGHT]}


def test_an_order_that_a_fault_plan_holds_is_neither_wrong_nor_in_flight(books: Books) -> None:
    held = change(books.orders, DECLINED, status="held", final_at=None, placed_at=books.taken_at)
    planned = DeadLetter("payment", "order-placed", DECLINED, "PlannedFaultError: the fault plan x")
    holding = replace(books, orders=held, dead_letters=[planned])
    assert "endings" not in found(holding)
    assert holding.in_flight == {}
    bug = replace(holding, dead_letters=[planned._replace(error="KeyError: 'shelf'")])
    assert found(bug)["endings"]
    assert DECLINED in bug.in_flight
