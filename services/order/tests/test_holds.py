"""An order that something was set aside for is held, until an operator has dealt with it."""

from collections import Counter
from dataclasses import dataclass

import pytest
from events import (
    DeadLettered,
    DeadLetterOutcome,
    DeadLetterSettled,
    OrderStatusChanged,
)
from hypothesis import given as tell
from hypothesis import strategies as st
from messaging.testing import NOON, Numbered, given
from order.handlers import handlers
from order.unit_of_work import OrderWork
from testkit.facts import (
    ASKED,
    AUTHORIZED,
    CAPTURED,
    COMMITTED,
    PLACED,
    RELEASED,
    RESERVED,
    SHIPPED,
    STOPPED,
    VOIDED,
)
from testkit.samples import ORDER

DELIVERED = (PLACED, AUTHORIZED, RESERVED, SHIPPED, CAPTURED, COMMITTED)
CANCELLED = (PLACED, AUTHORIZED, RESERVED, ASKED, STOPPED, VOIDED, RELEASED)


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter, and what is said of it."""

    service: str
    number: int

    @property
    def found(self) -> DeadLettered:
        return DeadLettered(
            order_id=ORDER,
            service=self.service,
            letter=self.number,
            fact="orderstream.StockReserved.v1",
            error="RuntimeError: no",
            set_aside_at=NOON,
        )

    @property
    def settled(self) -> DeadLetterSettled:
        return DeadLetterSettled(
            order_id=ORDER,
            service=self.service,
            letter=self.number,
            outcome=DeadLetterOutcome.REDRIVEN,
        )


@pytest.fixture
def story():
    return given(handlers, OrderWork())


def statuses(story):
    changes = [event for event in story.emitted if isinstance(event, OrderStatusChanged)]
    return [change.status.value for change in changes]


LETTER, OTHER = Letter("shipping", 1), Letter("inventory", 1)


def test_an_order_is_held_and_shows_why(story):
    story.given(PLACED, AUTHORIZED, RESERVED).when(LETTER.found)
    assert statuses(story) == ["held"]
    [hold] = filter(None, story.work.of(ORDER).held.values())
    assert (hold.service, hold.letter, hold.error) == ("shipping", 1, "RuntimeError: no")


def test_a_settled_letter_lets_it_go_on_where_its_facts_have_come_to(story):
    story.given(PLACED, LETTER.found, AUTHORIZED, RESERVED).when(LETTER.settled)
    assert statuses(story) == ["reserved"]


def test_it_is_held_until_every_letter_is_settled(story):
    story.given(PLACED, LETTER.found, OTHER.found).when(LETTER.settled)
    assert statuses(story) == []
    story.when(OTHER.settled)
    assert statuses(story) == ["accepted"]


def test_a_letter_that_is_known_after_its_settling_holds_nothing(story):
    story.given(PLACED, LETTER.settled).when(LETTER.found)
    assert statuses(story) == []


def test_what_has_ended_is_not_held(story):
    story.given(*DELIVERED).when(LETTER.found)
    assert statuses(story) == []


@pytest.mark.parametrize("facts", [DELIVERED, CANCELLED])
@tell(data=st.data())
def test_letters_change_nothing_about_the_end_however_their_notices_come(facts, data):
    """Notices come in any order among the facts, more than once, the settling even first."""
    undisturbed = given(handlers, OrderWork()).when(*facts)
    emitted = Counter()
    numbered = []
    for fact in facts:
        emitted[fact.topic] += 1
        numbered.append(Numbered(emitted[fact.topic], fact))
    notices = [LETTER.found, LETTER.settled, OTHER.found, OTHER.settled]
    repeats = data.draw(st.lists(st.sampled_from(notices), max_size=3))
    disturbed = data.draw(st.permutations([*numbered, *notices, *repeats]))
    held = given(handlers, OrderWork()).when(*disturbed)
    assert held.work.of(ORDER).status is undisturbed.work.of(ORDER).status
    assert held.work.of(ORDER).reason is undisturbed.work.of(ORDER).reason
