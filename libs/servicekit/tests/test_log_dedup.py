import logging

import pytest
from servicekit.log_dedup import AGAIN_AFTER_S, REMEMBERED, RepeatFilter


class Clock:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def log_line(clock):
    """Says a line; gives what is let through of it."""
    repeats = RepeatFilter(("broker",), clock)

    def speak(text, *args, logger="broker.connection"):
        record = logging.LogRecord(logger, logging.ERROR, __file__, 1, text, args, None)
        return record.getMessage() if repeats.filter(record) else None

    return speak


def test_the_first_is_reported_and_its_repeats_are_not(log_line):
    assert log_line("node %s is down", 1) == "node 1 is down"
    assert log_line("node %s is down", 1) is None


def test_one_that_differs_is_reported_at_once(log_line):
    log_line("node %s is down", 1)
    assert log_line("node %s is down", 2) == "node 2 is down"
    assert log_line("node %s is back", 1) == "node 1 is back"


def test_it_is_reported_again_after_a_while_with_what_was_left_out(log_line, clock):
    for _ in range(8):
        log_line("node %s is down", 1)
    clock.now = AGAIN_AFTER_S
    assert log_line("node %s is down", 1) == (
        "node 1 is down (and 7 times more since it was last logged)"
    )
    clock.now += AGAIN_AFTER_S
    assert log_line("node %s is down", 1) == "node 1 is down"


def test_other_loggers_may_repeat_themselves(log_line):
    assert [log_line("sold", logger="shop") for _ in range(3)] == ["sold"] * 3


def test_what_is_remembered_has_an_end(log_line):
    for number in range(REMEMBERED):
        log_line("node %s is down", number)
    assert log_line("node %s is down", "the last") == "node the last is down"
    assert log_line("node %s is down", 0) == "node 0 is down", "it has started afresh"
