"""When an instance that fails is left alone, and when it is tried again."""

import pytest
from gateway.upstreams.breaker import (
    ALWAYS_PER_S,
    CLOSES_AFTER,
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    OPENS_AFTER,
    SAVED_AT_MOST,
    SHARE,
    SPREAD,
    Breaker,
    BreakerState,
    RetryBudget,
)


class Clock:
    """A clock that is set by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock)


def ask(breaker: Breaker, *, succeeded: bool | None) -> None:
    breaker.end(trial=breaker.begin(), succeeded=succeeded)


def trip(breaker: Breaker) -> None:
    for _ in range(OPENS_AFTER):
        ask(breaker, succeeded=False)


def pause(clock: Clock, seconds: float) -> None:
    clock.now += seconds * (1 + SPREAD) + 0.001


def test_failures_in_a_row_open_it(breaker: Breaker) -> None:
    for _ in range(OPENS_AFTER - 1):
        ask(breaker, succeeded=False)
    ask(breaker, succeeded=True)
    for _ in range(OPENS_AFTER - 1):
        ask(breaker, succeeded=False)
    assert breaker.admits()
    ask(breaker, succeeded=False)
    assert (breaker.state, breaker.admits()) == (BreakerState.OPEN, False)


def test_requests_that_were_given_up_say_nothing(breaker: Breaker) -> None:
    for _ in range(10 * OPENS_AFTER):
        ask(breaker, succeeded=None)
    assert breaker.state is BreakerState.CLOSED


def test_after_a_pause_one_request_at_a_time_is_a_trial(breaker: Breaker, clock: Clock) -> None:
    trip(breaker)
    pause(clock, FIRST_PAUSE_S)
    assert breaker.state is BreakerState.HALF_OPEN
    assert breaker.begin()
    assert not breaker.admits()
    breaker.end(trial=True, succeeded=None)
    assert breaker.admits()


def test_a_few_trials_that_succeed_close_it(breaker: Breaker, clock: Clock) -> None:
    trip(breaker)
    pause(clock, FIRST_PAUSE_S)
    for _ in range(CLOSES_AFTER):
        assert breaker.state is BreakerState.HALF_OPEN
        ask(breaker, succeeded=True)
    assert breaker.state is BreakerState.CLOSED


def test_each_trial_that_fails_makes_the_pause_longer_up_to_a_bound(
    breaker: Breaker, clock: Clock
) -> None:
    trip(breaker)
    expected = FIRST_PAUSE_S
    for _ in range(10):
        clock.now += expected * (1 - SPREAD) - 0.001
        assert breaker.state is BreakerState.OPEN
        pause(clock, expected)
        ask(breaker, succeeded=False)
        expected = min(LONGEST_PAUSE_S, expected * 2)
    assert expected == LONGEST_PAUSE_S


def test_late_news_of_earlier_requests_do_not_lengthen_the_pause(
    breaker: Breaker, clock: Clock
) -> None:
    trip(breaker)
    for _ in range(5):
        breaker.end(trial=False, succeeded=False)
    pause(clock, FIRST_PAUSE_S)
    assert breaker.admits()


def test_a_sign_of_life_ends_the_pause(breaker: Breaker) -> None:
    trip(breaker)
    breaker.try_again()
    assert breaker.state is BreakerState.HALF_OPEN


def test_retries_are_a_share_of_the_requests_and_a_few_a_second(clock: Clock) -> None:
    budget = RetryBudget(clock)
    while budget.retry():
        pass
    assert budget.spent == SAVED_AT_MOST
    for _ in range(100):
        budget.request()
    clock.now += 2
    granted = sum(budget.retry() for _ in range(100))
    assert granted == pytest.approx(100 * SHARE + 2 * ALWAYS_PER_S, abs=1)
    assert budget.refused == 101 - granted


def test_what_is_saved_for_retries_is_bounded(clock: Clock) -> None:
    budget = RetryBudget(clock)
    for _ in range(10_000):
        budget.request()
    clock.now += 1000
    assert sum(budget.retry() for _ in range(1000)) == SAVED_AT_MOST
