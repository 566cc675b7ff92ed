"""What the notifier does about what it consumes: one message about an order, about how it ended."""

import pytest
from events import (
    CancellationReason,
    CustomerNotified,
    OrderStatus,
)
from hypothesis import given as tell
from hypothesis import strategies as st
from messaging import CommandRedriven, IllegalTransitionError, refused
from messaging.testing import NOON, given
from notifier.commands import MailRefused, MailSent, SendMail
from notifier.handlers import handlers
from notifier.lifecycle import NotificationStatus
from notifier.unit_of_work import NotifierWork
from testkit.samples import ORDER, SEALED, TOTAL, changed

SENT = MailSent(order_id=ORDER, mail="order_shipped", message_id="<m1@example>")
REFUSED = MailRefused(order_id=ORDER)


def stands(status, **more):
    return changed(status, previous=OrderStatus.RESERVED, **more)


SHIPPED = stands(OrderStatus.SHIPPED, tracking_code="T1")
COMPLETED = stands(OrderStatus.COMPLETED, tracking_code="T1")
CANCELLED = stands(OrderStatus.CANCELLED, reason=CancellationReason.OUT_OF_STOCK)


@pytest.fixture
def story():
    return given(handlers, NotifierWork())


@pytest.mark.parametrize("event", [SHIPPED, COMPLETED], ids=["shipped", "completed at once"])
def test_a_customer_is_notified_that_the_order_is_on_its_way(story, event):
    story.when(event)
    assert story.asked == [
        SendMail(
            order_id=ORDER,
            mail="order_shipped",
            recipient=SEALED,
            total=TOTAL,
            reason=None,
            tracking_code="T1",
        )
    ]


def test_a_customer_is_notified_why_the_order_was_cancelled(story):
    story.when(CANCELLED)
    assert [(mail.mail, mail.reason) for mail in story.asked] == [
        ("order_cancelled", CancellationReason.OUT_OF_STOCK)
    ]


@pytest.mark.parametrize(
    "status",
    [OrderStatus.ACCEPTED, OrderStatus.AUTHORIZED, OrderStatus.RESERVED, OrderStatus.CANCELLING],
)
def test_a_step_on_the_way_is_reported_to_systems_and_not_by_mail(story, status):
    story.when(stands(status))
    assert story.asked == []
    assert [notice.event.status for notice in story.work.told] == [status]


@pytest.mark.parametrize(
    "before", [(SHIPPED,), (SHIPPED, SENT), (SHIPPED, REFUSED)], ids=["sending", "sent", "refused"]
)
def test_a_customer_is_notified_only_once(story, before):
    story.given(*before).when(COMPLETED)
    assert (story.asked, story.emitted) == ([], [])


def test_a_message_that_left_is_emitted(story):
    story.given(SHIPPED).when(SENT)
    assert story.emitted == [
        CustomerNotified(
            order_id=ORDER, kind="order_shipped", message_id="<m1@example>", notified_at=NOON
        )
    ]
    assert story.envelopes[0].sequence == 1


def test_a_mailbox_that_does_not_exist_is_noted_and_not_tried_again(story):
    story.given(SHIPPED).when(REFUSED)
    assert (story.asked, story.emitted) == ([], [])
    assert story.work.of(ORDER).status is NotificationStatus.REFUSED


@pytest.mark.parametrize(
    ("before", "impossible"),
    [
        ((), SENT),
        ((), REFUSED),
        ((SHIPPED, SENT), SENT),
        ((SHIPPED, SENT), REFUSED),
        ((SHIPPED, REFUSED), SENT),
    ],
)
def test_what_cannot_have_happened_raises(story, before, impossible):
    story.given(*before)
    with pytest.raises(IllegalTransitionError):
        story.when(impossible)


@tell(st.lists(st.sampled_from([SHIPPED, COMPLETED, CANCELLED, SENT, REFUSED]), max_size=10))
def test_whatever_is_consumed_a_customer_gets_one_message(facts):
    story, asked, emitted = given(handlers, NotifierWork()), [], []
    for fact in facts:
        try:
            story.when(fact)
        except IllegalTransitionError:
            continue
        asked += story.asked
        emitted += story.emitted
    assert len(asked) <= 1
    assert len(emitted) <= len(asked)


def command_of(story):
    story.given(SHIPPED)
    [command] = story.asked
    return command


def again(command):
    return CommandRedriven(order_id=ORDER, command=command.kind(), body=command.model_dump_json())


def test_a_message_that_the_server_never_takes_is_refused_and_may_be_sent_once_more(story):
    command = command_of(story)
    story.when(refused(command, "554 at the message: no"))
    assert (story.asked, story.emitted) == ([], [])
    assert story.work.of(ORDER).status is NotificationStatus.REFUSED
    story.when(again(command))
    assert story.asked == [command]
    assert story.work.of(ORDER).status is NotificationStatus.SENDING


def test_an_unknown_message_is_not_reported_as_refused(story):
    command = command_of(story)
    story.when(refused(command, "silence", is_final=False))
    assert story.work.of(ORDER).status is NotificationStatus.SENDING
    story.when(again(command))
    assert story.asked == [command]


def test_a_message_that_was_sent_is_not_sent_again(story):
    command = command_of(story)
    story.when(SENT, again(command))
    assert story.asked == []
