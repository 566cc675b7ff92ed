"""What payment does about a final no of the provider: nothing is charged, and people may ask again."""

import pytest
from events import PaymentVoided
from messaging import CommandRedriven, refused
from messaging.testing import given
from payment.commands import Approved, AuthorizePayment, Captured, CapturePayment, VoidPayment
from payment.handlers import CaptureOverdue, handlers
from payment.lifecycle import PaymentStatus
from payment.unit_of_work import PaymentWork
from testkit.facts import PLACED, SHIPPED, STOPPED
from testkit.samples import ORDER, TOTAL

APPROVED, CAPTURED = Approved(order_id=ORDER, payment_id="pi_1"), Captured(order_id=ORDER)
HOLD = AuthorizePayment(order_id=ORDER, amount=TOTAL, token="tok_visa")
TAKE = CapturePayment(order_id=ORDER, payment_id="pi_1")
LET_GO = VoidPayment(order_id=ORDER, payment_id="pi_1")
NEVER, UNKNOWN = refused(HOLD, "no"), refused(HOLD, "silence", is_final=False)
NOTHING_HELD = [PaymentVoided(order_id=ORDER)]


def again(command):
    return CommandRedriven(order_id=ORDER, command=command.kind(), body=command.model_dump_json())


@pytest.fixture
def story():
    return given(handlers, PaymentWork())


def status(story):
    return story.work.of(ORDER).status


def test_a_final_no_waits_for_people_and_can_be_stopped(story):
    story.given(PLACED).when(NEVER)
    assert (story.asked, story.emitted) == ([], [])
    assert status(story) is PaymentStatus.REFUSED
    story.when(STOPPED)
    assert (story.asked, story.emitted) == ([], NOTHING_HELD)
    assert story.work.of(ORDER).recipient is None


def test_a_final_no_to_what_was_stopped_before_ends_it(story):
    story.given(PLACED, STOPPED).when(NEVER)
    assert (story.asked, story.emitted) == ([], NOTHING_HELD)
    assert status(story) is PaymentStatus.VOIDED


@pytest.mark.parametrize("asked", [(PLACED, UNKNOWN), (PLACED, NEVER)], ids=["unknown", "final"])
def test_asked_again_it_goes_on_as_if_nothing_had_been(story, asked):
    story.given(*asked).when(again(HOLD))
    assert story.asked == [HOLD]
    story.when(APPROVED)
    assert status(story) is PaymentStatus.AUTHORIZED


def test_about_the_unknown_nothing_is_emitted_until_it_is_known(story):
    story.given(PLACED, UNKNOWN).when(STOPPED)
    assert (story.asked, story.emitted) == ([], [])
    story.when(again(HOLD))
    story.when(APPROVED)
    assert story.asked == [LET_GO]


def test_people_may_say_that_nothing_was_done(story):
    story.given(PLACED, UNKNOWN, STOPPED).when(NEVER)
    assert (story.asked, story.emitted) == ([], NOTHING_HELD)


@pytest.mark.parametrize(
    ("before", "command"),
    [
        ((PLACED, NEVER, STOPPED), HOLD),
        ((PLACED, APPROVED), HOLD),
        ((PLACED, APPROVED, SHIPPED, CAPTURED), TAKE),
        ((PLACED, APPROVED), LET_GO),
    ],
)
def test_what_is_not_to_be_done_any_more_is_not_asked_again(story, before, command):
    story.given(*before).when(again(command))
    assert (story.asked, story.emitted) == ([], [])


@pytest.mark.parametrize(
    ("before", "command"),
    [
        ((PLACED, APPROVED, SHIPPED), TAKE),
        ((PLACED, APPROVED, SHIPPED, CaptureOverdue(order_id=ORDER, tries=10)), TAKE),
        ((PLACED, APPROVED, STOPPED), LET_GO),
    ],
)
def test_money_that_is_held_is_neither_taken_nor_let_go_without_people(story, before, command):
    story.given(*before)
    stood = status(story)
    story.when(refused(command, "no"))
    assert (story.asked, story.emitted, status(story)) == ([], [], stood)
    story.when(again(command))
    assert story.asked == [command]
