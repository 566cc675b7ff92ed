import logging

import pytest
from servicekit.repeats import AGAIN_AFTER_S, REMEMBERED, Repeats


class Clock:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def say(clock):
    """Says a line; gives what is let through of it."""
    repeats = Repeats(("broker",), clock)

    def speak(text, *args, logger="broker.connection"):
        record = logging.LogRecord(logger, logging.ERROR, __file__, 1, text, args, None)
        return record.getMessage() if repeats.filter(record) else None

    return speak


def test_the_first_is_said_and_its_repeats_are_not(say):
    assert say("node %s is away", 1) == "node 1 is away"
    assert say("node %s is away", 1) is None


def test_one_that_differs_is_said_at_once(say):
    say("node %s is away", 1)
    assert say("node %s is away", 2) == "node 2 is away"
    assert say("node %s is back", 1) == "node 1 is back"


def test_it_is_said_again_after_a_while_with_what_was_left_out(say, clock):
    for _ in range(8):
        say("node %s is away", 1)
    clock.now = AGAIN_AFTER_S
    assert say("node %s is away", 1) == (
        "node 1 is away (and 7 times more since it was last logged)"
    )
    clock.now += AGAIN_AFTER_S
    assert say("node %s is away", 1) == "node 1 is away"


def test_other_loggers_may_repeat_themselves(say):
    assert [say("sold", logger="shop") for _ in range(3)] == ["sold"] * 3


def test_what_is_remembered_has_an_end(say):
    for number in range(REMEMBERED):
        say("node %s is away", number)
    assert say("node %s is away", "the last") == "node the last is away"
    assert say("node %s is away", 0) == "node 0 is away", "it has started anew"
