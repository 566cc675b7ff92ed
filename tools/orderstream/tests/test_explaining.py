"""What is said of an order, from facts that are fixed here."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from orderstream.explaining.facts import (
    Letter,
    OrderFacts,
    RequestedCommand,
    Standing,
    Unhandled,
    Unpublished,
)
from orderstream.explaining.words import clock, explain, span

PLACED = datetime(2026, 3, 1, 14, 0, 0, tzinfo=UTC)
NOW = PLACED + timedelta(seconds=8)
DEADLINE = PLACED + timedelta(seconds=300)
NEW = Standing(
    status="accepted",
    reason=None,
    since=PLACED + timedelta(seconds=1),
    payment=None,
    stock=None,
    shipment=None,
    stopping=False,
    overdue=False,
    cancellation_refused=False,
    tracking_code=None,
    final_at=None,
)
PAID = replace(NEW, status="authorized", payment="authorized")
RESERVED = replace(PAID, status="reserved", stock="reserved")
SHIPPED = replace(RESERVED, status="shipped", shipment="initiated", tracking_code="TRK1")
STOPPING = replace(NEW, status="cancelling", stopping=True)
NO_PARCEL = replace(STOPPING, shipment="cancelled")
OUT_OF_STOCK = replace(PAID, status="cancelling", stock="rejected")
THREE_S_AGO = NOW - timedelta(seconds=3)


def explained(standing: Standing | None, **more: object) -> str:
    facts = OrderFacts("ord_1", NOW, PLACED, DEADLINE, standing, **more)
    return "\n".join(explain(facts))


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (NEW, "payment to emit PaymentAuthorized or PaymentDeclined."),
        (PAID, "inventory to emit StockReserved or StockRejected."),
        (RESERVED, "shipping to emit ShippingInitiated or ShipmentCancelled."),
        (SHIPPED, "payment to emit PaymentCaptured and for inventory to emit StockCommitted."),
        (replace(SHIPPED, payment="captured"), "inventory to emit StockCommitted."),
        (STOPPING, "shipping to decide: ShipmentCancelled, or CancellationRefused and it goes on."),
        (NO_PARCEL, "payment to emit PaymentVoided and for inventory to emit StockReleased."),
        (replace(NO_PARCEL, payment="voided"), "inventory to emit StockReleased."),
        (OUT_OF_STOCK, "payment to emit PaymentVoided."),
    ],
)
def test_an_open_order_waits_for_the_facts_that_are_missing(standing, words):
    assert f"It waits for {words}" in explained(standing).splitlines()


def test_it_says_where_the_order_stands_since_when_and_until_when_it_may():
    first, *_, last = explained(PAID).splitlines()
    assert first.startswith(f"It is authorized since {clock(PLACED + timedelta(seconds=1))} (7 s):")
    assert last == (
        f"The deadline at {clock(DEADLINE)} (in 4 min 52 s) ends the wait: "
        "order emits OrderOverdue, shipping decides whether it can still be stopped."
    )


def test_an_order_that_only_the_gateway_knows():
    words = explained(None, unpublished=[Unpublished("gateway", "OrderPlaced", PLACED)])
    assert "8 s ago. The order service has not consumed it yet." in words
    assert "gateway has emitted OrderPlaced 8 s ago; it is in its outbox" in words


def test_an_event_that_was_not_handled_yet():
    event = Unhandled("inventory", "PaymentAuthorized", "payment", THREE_S_AGO, 1)
    words = explained(PAID, unhandled=[event])
    assert (
        "inventory has not handled PaymentAuthorized, emitted by payment 3 s ago. "
        "It has 1 record to get through before." in words
    )
    assert "get through" not in explained(PAID, unhandled=[replace(event, before=0)])


def test_a_provider_that_has_not_answered():
    asked = RequestedCommand("payment", "AuthorizePayment", THREE_S_AGO, 0, None)
    assert "hold the money, 3 s ago, and has no answer yet. It asks again" in explained(
        NEW, asked=[asked]
    )
    failing = replace(asked, failures=4, last_error="ReadTimeout('')")
    assert "It failed 4 times, last with ReadTimeout('')." in explained(NEW, asked=[failing])


def test_a_dead_letter_is_reported_with_what_an_operator_can_do():
    letter = Letter("shipping", 12, "StockReserved", "KeyError: 'gb'", THREE_S_AGO)
    words = explained(replace(RESERVED, status="held"), letters=[letter])
    assert (
        "shipping could not handle StockReserved 3 s ago and set it aside as shipping:12:" in words
    )
    assert "KeyError: 'gb'" in words
    assert 'dead-letters redrive shipping:12 --reason "..."' in words


def test_a_refused_command_is_shown_in_the_words_of_the_refusal():
    why = "400: parameter_unknown: Received unknown parameter"
    letter = Letter("payment", 3, "AuthorizePayment", why, THREE_S_AGO)
    words = explained(replace(NEW, status="held"), letters=[letter])
    assert (
        "payment got no answer that it can go on with to AuthorizePayment 3 s ago and set it aside "
        f"as payment:3: {why}. An operator ends the wait." in words
    )
    assert 'dead-letters redrive payment:3 --reason "..."' in words


def test_a_dead_letter_of_an_order_that_has_ended_holds_it_up_no_more():
    letter = Letter("notifier", 1, "SendMail", "554 at the message: no.", THREE_S_AGO)
    ended = replace(SHIPPED, status="completed", final_at=NOW)
    words = explained(ended, letters=[letter])
    assert "aside as notifier:1: 554 at the message: no. The order has ended without it." in words
    assert 'dead-letters redrive notifier:1 --reason "..." (or discard)' in words
    assert "ends the wait" not in words


def test_an_order_that_has_ended_waits_for_nothing():
    ended = replace(SHIPPED, status="completed", final_at=PLACED + timedelta(seconds=7))
    words = explained(ended)
    assert "It is completed, since" in words
    assert "7 s after it was placed. That is its end; it waits for nothing." in words
    assert "TRK1" in words
    assert "deadline" not in words
    cancelled = replace(NO_PARCEL, status="cancelled", reason="by_customer", final_at=NOW)
    assert "It is cancelled, by its customer, since" in explained(cancelled)


def test_what_follows_from_the_end_of_an_order_is_reported_too():
    ended = replace(SHIPPED, status="completed", final_at=NOW)
    words = explained(
        ended, asked=[RequestedCommand("notifier", "SendMail", THREE_S_AGO, 2, "refused")]
    )
    assert "notifier has asked the mail server to send word to the customer" in words


def test_an_overdue_order_has_its_deadline_behind_it():
    overdue = replace(STOPPING, overdue=True)
    assert f"Its deadline was {clock(DEADLINE)}: order has emitted OrderOverdue" in explained(
        overdue
    )
    late = OrderFacts("ord_1", DEADLINE + timedelta(seconds=9), PLACED, DEADLINE, NEW)
    assert "order has not emitted OrderOverdue: does order-worker run?" in explain(late)[-1]


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (SHIPPED, "ends nothing: its parcel is on its way."),
        (replace(SHIPPED, overdue=True), "ends nothing: its parcel is on its way."),
        (NO_PARCEL, "changes nothing: it is being cancelled already."),
        (replace(NO_PARCEL, overdue=True), "changes nothing: it is being cancelled already."),
        (OUT_OF_STOCK, "changes nothing: it is being cancelled already."),
    ],
)
def test_a_deadline_that_ends_nothing_is_not_announced(standing, words):
    assert explained(standing).splitlines()[-1] == f"Its deadline at {clock(DEADLINE)} {words}"


def test_a_deadline_is_not_all_that_an_order_waits_for_while_a_neighbour_has_not_answered():
    asked = RequestedCommand("payment", "AuthorizePayment", THREE_S_AGO, 4, "no answer")
    words = explained(NEW, asked=[asked])
    assert words.endswith("Before it ends, the provider has to say whether it holds money.")
    booking = replace(asked, service="shipping", command="BookParcel")
    words = explained(replace(RESERVED, stopping=True, overdue=True), asked=[booking])
    assert words.endswith("Before it ends, the carrier has to say whether it has the parcel.")


def test_a_refused_cancellation_is_reported():
    assert "CancellationRefused: its parcel was on its way" in explained(
        replace(SHIPPED, cancellation_refused=True)
    )


def test_what_is_not_well_is_reported():
    words = explained(NEW, unwell={"psp": "does not answer"}, unreadable="no broker")
    assert "Not everything is well: psp: does not answer." in words
    assert "Kafka cannot be read, so it is unknown who has consumed what: no broker." in words
    assert "something is lost" not in words


def test_an_open_order_of_which_nothing_moves_is_no_good_sign():
    assert "If it stays so, something is lost:" in explained(PAID)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (61, "1 min 1 s"),
        (3600, "1 h"),
        (7380, "2 h 3 min"),
        (90_000, "1 d 1 h"),
        (-5, "0 s"),
    ],
)
def test_a_time_in_words(seconds, words):
    assert span(timedelta(seconds=seconds)) == words
