"""A wait returns what was seen, or its error says what was waited for."""

import pytest
from testkit.waiting import TIMEOUT_S, blocking_until, until


def looks(*seen):
    sights = iter(seen)
    return lambda: next(sights)


async def test_looks_until_there_is_something_to_see():
    assert await until("it is there", looks(None, 0, "found")) == "found"
    assert blocking_until("it is there", looks(None, 0, "found")) == "found"


async def test_what_is_seen_may_have_to_be_awaited():
    sights = looks([], [1])

    async def look():
        return sights()

    assert await until("it is there", look) == [1]


async def test_who_waits_in_vain_sees_for_what():
    with pytest.raises(AssertionError, match=r"^waited 0\.1 s without success until pigs fly$"):
        await until("pigs fly", lambda: False, seconds=0.1)
    with pytest.raises(AssertionError, match=r"^waited 0\.1 s without success until pigs fly$"):
        blocking_until("pigs fly", lambda: False, seconds=0.1)


def test_that_is_reported_before_the_timeout_of_pytest(pytestconfig):
    assert float(pytestconfig.getini("timeout")) > TIMEOUT_S
