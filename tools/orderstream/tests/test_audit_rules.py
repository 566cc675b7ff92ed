"""Each rule holds for sound books, and is seen to fail when they are put wrong."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from orderstream.audit import LedgerEntry, judge
from orderstream.audit.books import Books
from orderstream.audit.records import (
    DeadLetter,
    Intent,
    KeyUse,
    Label,
    Mail,
    Notice,
    StatusChange,
    Stray,
)
from orderstream.audit.testing import BOUGHT, DECLINED, NOW, PLACED, STOPPED, TOTAL, sound_books


@pytest.fixture
def books() -> Books:
    return sound_books()


def found(books: Books) -> dict[str, list[str]]:
    """The rules that are broken, each with whom it is broken for."""
    broken: dict[str, list[str]] = {}
    for violation in judge(books).violations:
        broken.setdefault(violation.rule, []).append(violation.subject)
    return broken


def change(rows: Any, order_id: str, **fields: Any) -> list[Any]:
    return [row._replace(**fields) if row.order_id == order_id else row for row in rows]


def without(rows: Any, order_id: str) -> list[Any]:
    return [row for row in rows if row.order_id != order_id]


def test_sound_books_break_no_rule_and_every_rule_was_checked_on_something(books: Books) -> None:
    report = judge(replace(books, ledger=[LedgerEntry(f"key of {BOUGHT}", "ok", BOUGHT)]))
    assert report.clean
    assert report.summary == "clean: 10 rules hold, 0 in flight"
    assert [one.rule.name for one in report.results if not any(one.counts.values())] == []


# acceptance


def test_an_accepted_order_that_never_became_one_is_told(books: Books) -> None:
    lost = replace(books, orders=without(books.orders, DECLINED))
    assert found(lost)["acceptance"] == [DECLINED]


def test_an_accepted_order_that_was_never_said_is_told(books: Books) -> None:
    unsaid = [e for e in books.events if e.id != f"{BOUGHT}/OrderPlaced/1"]
    assert BOUGHT in found(replace(books, events=unsaid))["acceptance"]


def test_an_order_that_nobody_accepted_is_told(books: Books) -> None:
    invented = replace(books, accepted=without(books.accepted, BOUGHT), keys=books.keys[1:])
    assert set(found(invented)["acceptance"]) == {BOUGHT}


def test_an_order_that_was_placed_twice_is_told(books: Books) -> None:
    again = [e._replace(id="again", sequence=2) for e in books.events if e.offset == 1]
    placed = [e for e in again if e.topic == "order-placed" and e.order_id == BOUGHT]
    broken = found(replace(books, events=(*books.events, *placed)))
    assert broken["acceptance"] == [BOUGHT]


def test_two_orders_for_one_key_are_told(books: Books) -> None:
    twice = change(books.keys, DECLINED, key=books.keys[0].key)
    assert found(replace(books, keys=twice)) == {"acceptance": [f"{BOUGHT}, {DECLINED}"]}


def test_an_order_without_a_key_or_under_two_is_told(books: Books) -> None:
    assert found(replace(books, keys=books.keys[1:])) == {"acceptance": [BOUGHT]}
    second = KeyUse("bob", "another", BOUGHT)
    assert found(replace(books, keys=[*books.keys, second])) == {"acceptance": [BOUGHT]}


def test_an_order_over_another_total_than_was_accepted_is_told(books: Books) -> None:
    accepted = change(books.accepted, DECLINED, total=TOTAL._replace(amount=1))
    assert found(replace(books, accepted=accepted)) == {"acceptance": [DECLINED]}


# clients


@pytest.mark.parametrize(
    ("entry", "subject"),
    [
        (LedgerEntry("a key", "ok", "ord_lost"), "ord_lost"),
        (LedgerEntry(f"key of {BOUGHT}", "ok", DECLINED), DECLINED),
        (LedgerEntry(f"key of {BOUGHT}", "failed"), BOUGHT),
    ],
)
def test_what_a_client_was_told_wrongly_is_told(books: Books, entry, subject) -> None:
    assert found(replace(books, ledger=[entry])) == {"clients": [subject]}


def test_a_request_without_an_answer_is_one_order_or_none_but_never_two(books: Books) -> None:
    unknown = [LedgerEntry(f"key of {BOUGHT}", "unknown"), LedgerEntry("a lost one", "unknown")]
    assert found(replace(books, ledger=unknown)) == {}
    twice = [*books.keys, KeyUse("bob", f"key of {BOUGHT}", "ord_second")]
    assert "clients" in found(replace(books, ledger=unknown, keys=twice))


# endings


def test_an_order_for_which_nothing_is_left_to_do_but_that_has_not_ended_is_told(
    books: Books,
) -> None:
    stuck = replace(books, orders=change(books.orders, BOUGHT, status="shipped", final_at=None))
    assert BOUGHT in found(stuck)["endings"]


def test_an_order_that_ended_too_late_is_told(books: Books) -> None:
    late = PLACED + books.deadline + timedelta(seconds=61)
    assert found(replace(books, orders=change(books.orders, DECLINED, final_at=late))) == {
        "endings": [DECLINED]
    }


def test_facts_about_an_order_that_was_never_placed_are_told(books: Books) -> None:
    orders = change(books.orders, DECLINED, status=None, placed_at=None)
    assert DECLINED in found(replace(books, orders=orders))["endings"]


def test_a_dead_letter_is_told(books: Books) -> None:
    letter = DeadLetter("payment", "order-placed", BOUGHT, "ValueError: no")
    assert found(replace(books, dead_letters=[letter])) == {"endings": [BOUGHT]}


# money


def test_a_charge_that_was_never_taken_is_told_with_the_sum_that_is_missing(books: Books) -> None:
    held = change(books.intents, BOUGHT, status="requires_capture", captured=0, captures=0)
    report = judge(replace(books, intents=held))
    assert {one.rule for one in report.violations} == {"money"}
    assert "0 taken, completed orders 1998: -1998 minor units" in str(report.violations[0])


def test_a_second_capture_is_told(books: Books) -> None:
    second = Intent(BOUGHT, "pi_9", "succeeded", "GBP", TOTAL.amount, 0, 1)
    assert found(replace(books, intents=[*books.intents, second])) == {
        "money": ["GBP", BOUGHT, BOUGHT]
    }


def test_money_still_held_for_an_order_that_was_stopped_is_told(books: Books) -> None:
    held = replace(books, intents=change(books.intents, STOPPED, status="requires_capture"))
    assert found(held) == {"money": [STOPPED]}


def test_money_kept_from_an_order_that_was_stopped_is_told(books: Books) -> None:
    kept = change(books.intents, STOPPED, status="succeeded", captured=5, captures=1)
    assert found(replace(books, intents=kept)) == {"money": ["GBP", STOPPED]}


def test_a_refund_of_all_that_was_taken_makes_it_right_again(books: Books) -> None:
    back = change(books.intents, STOPPED, status="succeeded", captured=5, refunded=5, captures=1)
    assert found(replace(books, intents=back)) == {}


def test_money_in_another_currency_is_told(books: Books) -> None:
    euros = replace(books, intents=change(books.intents, BOUGHT, currency="EUR"))
    assert found(euros)["money"] == ["EUR", "GBP", BOUGHT]


def test_payments_that_the_two_books_disagree_on_are_told(books: Books) -> None:
    for wrong in ({"status": "voided"}, {"total": None}, {"payment_id": "pi_unknown"}):
        payments = change(books.payments, BOUGHT, **wrong)
        assert found(replace(books, payments=payments)) == {"money": [BOUGHT]}


def test_money_for_an_order_that_there_is_not_is_told(books: Books) -> None:
    stray = Intent("ord_none", "pi_9", "requires_capture", "GBP", 0, 0, 0)
    assert found(replace(books, intents=[*books.intents, stray])) == {"money": ["ord_none"]}


# stock


@pytest.mark.parametrize("wrong", [{"on_hand": 7}, {"reserved": 1, "on_hand": 7}, {"initial": 9}])
def test_units_that_vanish_or_are_reserved_for_nobody_are_told(books: Books, wrong) -> None:
    shelf = [books.products[0]._replace(**wrong)]
    assert set(found(replace(books, products=shelf))["stock"]) == {"MUG"}


def test_a_negative_shelf_is_told(books: Books) -> None:
    shelf = [books.products[0]._replace(initial=1, on_hand=-1)]
    assert found(replace(books, products=shelf)) == {"stock": ["MUG"]}


def test_a_reservation_that_did_not_follow_its_order_is_told(books: Books) -> None:
    kept = change(books.reservations, STOPPED, status="reserved")
    shelf = [books.products[0]._replace(on_hand=6, reserved=2)]
    assert found(replace(books, reservations=kept, products=shelf)) == {"stock": [STOPPED]}


def test_goods_that_nobody_ordered_are_told(books: Books) -> None:
    orders = change(books.orders, BOUGHT, units=(("MUG", 1), ("CUP", 1)))
    assert found(replace(books, orders=orders)) == {"stock": [BOUGHT]}


def test_a_reservation_that_ended_twice_is_told(books: Books) -> None:
    (end,) = books.events_of["StockReleased", STOPPED]
    twice = (*books.events, end._replace(id="again", sequence=3))
    assert found(replace(books, events=twice))["stock"] == [STOPPED]


# parcels


def test_a_second_parcel_is_told(books: Books) -> None:
    second = Label(BOUGHT, "shp_9", "pre_transit", "T9")
    assert found(replace(books, labels=[*books.labels, second])) == {"parcels": [BOUGHT]}


def test_a_parcel_for_an_order_that_was_stopped_is_told(books: Books) -> None:
    live = change(books.labels, STOPPED, status="pre_transit")
    assert found(replace(books, labels=live)) == {"parcels": [STOPPED]}


def test_a_completed_order_without_its_parcel_is_told(books: Books) -> None:
    assert found(replace(books, labels=without(books.labels, BOUGHT))) == {"parcels": [BOUGHT]}
    none = without(books.shipments, BOUGHT)
    assert BOUGHT in found(replace(books, shipments=none))["parcels"]


def test_parcels_that_the_two_books_disagree_on_are_told(books: Books) -> None:
    other = change(books.labels, BOUGHT, tracking_code="T2")
    assert found(replace(books, labels=other)) == {"parcels": [BOUGHT]}


def test_a_parcel_for_an_order_that_there_is_not_is_told(books: Books) -> None:
    stray = Label("ord_none", "shp_9", "pre_transit", "T9")
    assert found(replace(books, labels=[*books.labels, stray])) == {"parcels": ["ord_none"]}


# sequences


def test_an_event_that_was_lost_in_the_middle_or_at_the_end_is_told(books: Books) -> None:
    for lost in ("PaymentAuthorized/1", "PaymentCaptured/2"):
        rest = [event for event in books.events if event.id != f"{BOUGHT}/{lost}"]
        assert BOUGHT in found(replace(books, events=rest))["sequences"]


def test_a_number_that_was_given_twice_is_told(books: Books) -> None:
    (event,) = books.events_of["PaymentVoided", STOPPED]
    numbered = [e._replace(sequence=1) if e.id == event.id else e for e in books.events]
    assert found(replace(books, events=numbered)) == {"sequences": [STOPPED]}


def test_an_event_without_a_known_cause_is_told(books: Books) -> None:
    (event,) = books.events_of["PaymentVoided", STOPPED]
    orphan = [e._replace(causation_id="x") if e.id == event.id else e for e in books.events]
    assert found(replace(books, events=orphan)) == {"sequences": [STOPPED]}


def test_a_record_that_is_no_event_is_told(books: Books) -> None:
    stray = Stray("order-placed", 0, 7)
    assert found(replace(books, strays=[stray])) == {"sequences": ["order-placed/0/7"]}


# history


def test_a_forbidden_step_and_a_second_end_are_told(books: Books) -> None:
    more = StatusChange(DECLINED, 3, "completed", "cancelled")
    broken = replace(
        books,
        orders=change(books.orders, DECLINED, status="completed", version=3),
        history=[*books.history, more._replace(previous=None)],
        status_changes=[*books.status_changes, more],
    )
    assert found(broken)["history"] == [DECLINED, DECLINED]


def test_a_history_that_differs_from_what_was_told_is_told(books: Books) -> None:
    told = [
        step._replace(status="shipped") if step.status == "reserved" else step
        for step in books.status_changes
    ]
    assert found(replace(books, status_changes=told)) == {"history": [BOUGHT, STOPPED]}
    missing = [step for step in books.history if step.sequence < len(books.history)]
    assert found(replace(books, history=missing[1:])) == {"history": [BOUGHT, BOUGHT]}


def test_a_step_told_to_follow_from_another_one_is_told(books: Books) -> None:
    told = [step._replace(previous="shipped") for step in books.status_changes]
    assert set(found(replace(books, status_changes=told))) == {"history"}


# messages


def test_a_customer_who_was_told_twice_is_told(books: Books) -> None:
    again = [*books.notices, books.notices[0]]
    assert found(replace(books, notices=again)) == {"messages": [BOUGHT]}
    other = Notice(BOUGHT, "order_cancelled", f"<{BOUGHT}>")
    assert found(replace(books, notices=[*books.notices, other])) == {"messages": [BOUGHT]}


def test_the_same_mail_twice_is_a_repeat_but_another_one_is_told(books: Books) -> None:
    assert found(replace(books, mails=[*books.mails, books.mails[0]])) == {}
    other = Mail(BOUGHT, "another")
    assert found(replace(books, mails=[*books.mails, other])) == {"messages": [BOUGHT]}


def test_a_customer_who_was_told_nothing_or_whose_mail_is_not_there_is_told(books: Books) -> None:
    silent = without(books.notifications, DECLINED)
    assert DECLINED in found(replace(books, notifications=silent))["messages"]
    assert found(replace(books, mails=without(books.mails, BOUGHT))) == {"messages": [BOUGHT]}


def test_a_mail_about_an_order_that_has_not_got_so_far_or_is_not_there_is_told(
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


# deliveries


def test_an_event_that_was_acknowledged_but_never_handled_is_told(books: Books) -> None:
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


def test_a_status_that_the_notifier_passes_over_needs_no_place_in_its_inbox(books: Books) -> None:
    passed_over = [e.id for e in books.events if e.status == "reserved"]
    assert passed_over
    assert not books.inboxes["notifier"] & set(passed_over)


def test_an_event_that_was_handled_but_never_said_is_told(books: Books) -> None:
    inboxes = {**books.inboxes, "payment": books.inboxes["payment"] | {"invented"}}
    assert found(replace(books, inboxes=inboxes)) == {"deliveries": ["invented"]}


def test_what_is_older_than_any_inbox_is_not_missed(books: Books) -> None:
    old = replace(books, inboxes={}, taken_at=NOW + timedelta(days=9))
    assert found(old) == {}
