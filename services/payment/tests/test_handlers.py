"""What payment does about what it consumes, in every state that it can be in."""

import pytest
from events import (
    PaymentAuthorized,
    PaymentCaptured,
    PaymentDeclined,
    PaymentUnderReview,
    PaymentVoided,
)
from hypothesis import given as tell
from hypothesis import strategies as st
from messaging import IllegalTransitionError
from messaging.testing import given
from payment.commands import (
    Approved,
    AuthorizePayment,
    Captured,
    CapturePayment,
    Declined,
    Voided,
    VoidPayment,
)
from payment.handlers import CaptureOverdue, handlers
from payment.lifecycle import PaymentStatus
from payment.unit_of_work import PaymentWork
from testkit.facts import PLACED, REJECTED, SHIPPED, STOPPED
from testkit.samples import LINES, ORDER, SEALED, TOTAL

APPROVED = Approved(order_id=ORDER, payment_id="pi_1")
DECLINED = Declined(order_id=ORDER, decline_code="card_declined")
CAPTURED, VOIDED = Captured(order_id=ORDER), Voided(order_id=ORDER)
REFUSED = CaptureOverdue(order_id=ORDER, tries=10)
VOID = VoidPayment(order_id=ORDER, payment_id="pi_1")


@pytest.fixture
def story():
    return given(handlers, PaymentWork())


def money(story):
    return story.work.of(ORDER)


def test_a_new_order_is_authorized_for_its_total(story):
    story.when(PLACED)
    assert story.asked == [AuthorizePayment(order_id=ORDER, amount=TOTAL, token="tok_visa")]
    assert story.emitted == []
    assert money(story).status is PaymentStatus.PENDING


def test_an_approval_is_emitted_with_what_the_next_service_needs(story):
    story.given(PLACED).when(APPROVED)
    assert story.emitted == [
        PaymentAuthorized(
            order_id=ORDER, payment_id="pi_1", amount=TOTAL, lines=LINES, recipient=SEALED
        )
    ]
    assert story.asked == []


def test_lines_and_recipient_are_kept_only_until_they_are_handed_on(story):
    story.when(PLACED, APPROVED)
    assert (money(story).lines, money(story).recipient) == ((), None)


def test_a_declined_card_ends_the_order(story):
    story.given(PLACED).when(DECLINED)
    assert story.emitted == [PaymentDeclined(order_id=ORDER, decline_code="card_declined")]
    assert story.asked == []
    assert (money(story).lines, money(story).recipient) == ((), None)


def test_a_parcel_on_its_way_is_paid_for(story):
    story.given(PLACED, APPROVED).when(SHIPPED)
    assert story.asked == [CapturePayment(order_id=ORDER, payment_id="pi_1")]
    assert story.emitted == []
    story.when(CAPTURED)
    assert story.emitted == [PaymentCaptured(order_id=ORDER, payment_id="pi_1", amount=TOTAL)]


def test_missing_goods_let_the_money_go(story):
    story.given(PLACED, APPROVED).when(REJECTED)
    assert (story.asked, story.emitted) == ([VOID], [])
    story.when(VOIDED)
    assert story.emitted == [PaymentVoided(order_id=ORDER, payment_id="pi_1")]


def test_a_cancellation_lets_the_money_go(story):
    story.given(PLACED, APPROVED).when(STOPPED)
    assert (story.asked, story.emitted) == ([VOID], [])


def test_a_cancellation_that_overtakes_the_order_is_a_tombstone(story):
    story.when(STOPPED)
    assert story.emitted == [PaymentVoided(order_id=ORDER)]
    assert money(story).status is PaymentStatus.VOIDED
    story.when(PLACED)
    assert (story.asked, story.emitted) == ([], [])


def test_a_cancellation_waits_for_the_answer_of_the_provider(story):
    story.given(PLACED).when(STOPPED)
    assert (story.asked, story.emitted) == ([], [])
    story.when(APPROVED)
    assert (story.asked, story.emitted) == ([VOID], [])
    story.when(VOIDED)
    assert story.emitted == [PaymentVoided(order_id=ORDER, payment_id="pi_1")]
    assert money(story).recipient is None


def test_a_card_that_is_declined_after_a_cancellation_needs_no_void(story):
    story.given(PLACED, STOPPED).when(DECLINED)
    assert story.emitted == [PaymentDeclined(order_id=ORDER, decline_code="card_declined")]
    assert story.asked == []


@pytest.mark.parametrize(
    "settled", [(DECLINED,), (APPROVED, REJECTED), (APPROVED, REJECTED, VOIDED)]
)
def test_a_cancellation_finds_nothing_to_do_where_the_money_is_let_go(story, settled):
    story.given(PLACED, *settled).when(STOPPED)
    assert (story.asked, story.emitted) == ([], [])


@pytest.mark.parametrize("cancelled", [(STOPPED,), (STOPPED, VOIDED)])
def test_missing_goods_are_no_news_after_a_cancellation(story, cancelled):
    story.given(PLACED, APPROVED, *cancelled).when(REJECTED)
    assert (story.asked, story.emitted) == ([], [])


def test_what_payment_says_is_numbered_without_a_gap(story):
    story.when(PLACED, APPROVED, SHIPPED, CAPTURED)
    assert [envelope.sequence for envelope in story.envelopes] == [1, 2]


@pytest.mark.parametrize(
    ("before", "impossible"),
    [
        ((), SHIPPED),
        ((), REJECTED),
        ((), APPROVED),
        ((PLACED,), PLACED),
        ((PLACED,), SHIPPED),
        ((PLACED,), REJECTED),
        ((PLACED, DECLINED), SHIPPED),
        ((PLACED, DECLINED), APPROVED),
        ((PLACED, APPROVED), PLACED),
        ((PLACED, APPROVED), DECLINED),
        ((PLACED, APPROVED), CAPTURED),
        ((PLACED, APPROVED), VOIDED),
        ((PLACED, APPROVED, STOPPED), SHIPPED),
        ((PLACED, APPROVED, SHIPPED), STOPPED),
        ((PLACED, APPROVED, SHIPPED, CAPTURED), STOPPED),
        ((PLACED, APPROVED, SHIPPED, CAPTURED), REJECTED),
        ((PLACED, APPROVED, SHIPPED, CAPTURED), SHIPPED),
    ],
)
def test_what_cannot_have_happened_raises(story, before, impossible):
    story.given(*before)
    with pytest.raises(IllegalTransitionError):
        story.when(impossible)


FACTS = [PLACED, APPROVED, DECLINED, REJECTED, STOPPED, SHIPPED, CAPTURED, VOIDED]


@tell(st.lists(st.sampled_from(FACTS), max_size=12))
def test_whatever_is_consumed_money_is_never_both_taken_and_let_go(facts):
    story, asked, emitted = given(handlers, PaymentWork()), [], []
    for fact in facts:
        try:
            story.when(fact)
        except IllegalTransitionError:
            break
        asked += [type(command) for command in story.asked]
        emitted += story.envelopes
    assert len(asked) == len(set(asked))
    assert not {CapturePayment, VoidPayment} <= set(asked)
    assert [envelope.sequence for envelope in emitted] == [*range(1, len(emitted) + 1)]


def test_a_capture_that_is_refused_too_often_is_reported_once_and_may_still_succeed(story):
    story.given(PLACED, APPROVED, SHIPPED).when(REFUSED)
    assert story.emitted == [
        PaymentUnderReview(order_id=ORDER, payment_id="pi_1", amount=TOTAL, tries=10)
    ]
    story.when(REFUSED)
    assert story.emitted == []
    story.when(CAPTURED)
    assert story.emitted == [PaymentCaptured(order_id=ORDER, payment_id="pi_1", amount=TOTAL)]


def test_a_timer_that_fires_when_the_money_has_come_is_ignored(story):
    story.given(PLACED, APPROVED, SHIPPED, CAPTURED).when(REFUSED)
    assert story.emitted == []
    assert story.work.of(ORDER).status is PaymentStatus.CAPTURED
