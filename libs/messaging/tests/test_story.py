"""Given, when, then: what tests of handlers are told with; and the unit of work behind it."""

import uuid

import desk
import pytest
from events import OrderOverdue
from messaging import Command, IllegalTransitionError, MessageContext, order_ids
from messaging.testing import NOON, given
from testkit import samples

ORDER, OTHER = f"ord_{1:032x}", f"ord_{2:032x}"


@pytest.fixture
def story():
    return given(desk.handlers, desk.DeskWork())


def test_a_story_tells_what_was_emitted_and_asked_by_its_last_step(story):
    story.given(samples.placed(ORDER)).when(
        desk.Stamped(order_id=ORDER), samples.cancellation(ORDER)
    )
    assert [type(event).__name__ for event in story.emitted] == ["OrderOverdue", "OrderOverdue"]
    assert story.asked == []
    assert story.work.of(ORDER).status == "stamped"
    story.when()
    assert story.emitted == []


def test_a_story_tells_commands_apart_from_events(story):
    story.when(samples.placed(ORDER), samples.placed(OTHER))
    assert [asked.order_id for asked in story.asked] == [ORDER, OTHER]
    assert story.emitted == []


def test_a_story_ends_where_a_handler_raises(story):
    with pytest.raises(IllegalTransitionError):
        story.given(samples.placed(ORDER)).when(samples.placed(ORDER))


def test_a_story_has_one_time_and_counts_the_events_of_each_order(story):
    story.given(samples.cancellation(ORDER)).when(
        samples.cancellation(ORDER), samples.cancellation(OTHER)
    )
    reported = [(e.event.order_id, e.sequence, e.time, e.source) for e in story.envelopes]
    assert reported == [(ORDER, 2, NOON, "order"), (OTHER, 1, NOON, "order")]


def test_what_is_emitted_follows_from_its_cause():
    work, cause = desk.DeskWork(), MessageContext("request", uuid.uuid4(), "00-1-2-01", 5)
    work.cause = cause
    desk.handlers.handle(samples.cancellation(ORDER), work)
    desk.handlers.handle(samples.placed(ORDER), work)
    [envelope], [asked] = work.emitted, work.asked
    assert envelope.correlation_id == "request"
    assert (envelope.causation_id, envelope.traceparent) == (cause.causation_id, "00-1-2-01")
    assert asked.cause == cause


def test_ids_sort_by_the_order_of_saying():
    work = desk.DeskWork()
    for _ in range(50):
        work.emit(OrderOverdue(order_id=ORDER, deadline=NOON))
    ids = [envelope.id for envelope in work.emitted]
    assert ids == sorted(set(ids))


def test_an_event_with_a_sequence_of_its_own_leaves_the_version_alone():
    work = desk.DeskWork()
    work.emit(OrderOverdue(order_id=ORDER, deadline=NOON), sequence=9)
    assert (work.emitted[0].sequence, work.of(ORDER).version) == (9, 0)


def test_rows_are_locked_in_one_order_each_once():
    facts = [samples.placed(OTHER), samples.cancellation(ORDER), desk.Stamped(order_id=OTHER)]
    assert order_ids(facts) == [ORDER, OTHER]


def test_a_command_has_one_key_per_order_and_kind_and_survives_its_row():
    class Weigh(Command):
        """Weigh the parcel."""

    asked = desk.Stamp(order_id=ORDER, token="tok")
    assert asked.key == desk.Stamp(order_id=ORDER, token="another").key == f"{ORDER}:Stamp"
    assert (
        len({asked.key, Weigh(order_id=ORDER).key, desk.Stamp(order_id=OTHER, token="").key}) == 3
    )
    assert desk.commands.read(asked.kind(), asked.model_dump_json()) == asked


def test_commands_tell_what_they_are_and_what_answers_them():
    assert desk.commands.types == (desk.Stamp,)
    assert desk.commands.answers == {desk.Stamp: (desk.Stamped,)}
