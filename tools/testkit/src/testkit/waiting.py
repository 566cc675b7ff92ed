"""Looking until something is so; no test sleeps for a fixed time."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from inspect import isawaitable
from typing import Any

LOOK_AFTER_S, LOOK_EVERY_S, SLOWER = 0.02, 0.25, 1.15
"""At first soon, then ever more rarely: who waits for long shall not keep the others from it."""
TIMEOUT_VARIABLE = "ORDERSTREAM_TEST_TIMEOUT_S"
TIMEOUT_S = float(os.environ.get(TIMEOUT_VARIABLE, "240"))
"""A busy machine is no failure. Yet shorter than pytest's own timeout, which cannot say what was waited for."""


async def until(
    what: str, look: Callable[[], Awaitable[Any] | Any], *, seconds: float = TIMEOUT_S
) -> Any:
    """Look again and again until there is something to see, and give that.

    Raises:
        AssertionError: there was nothing to see in these seconds.
    """
    deadline, pauses = time.monotonic() + seconds, _pauses()
    while True:
        seen = look()
        found = await seen if isawaitable(seen) else seen
        if found:
            return found
        _fail_after(what, seconds, deadline)
        await asyncio.sleep(next(pauses))


def blocking_until(what: str, look: Callable[[], Any], *, seconds: float = TIMEOUT_S) -> Any:
    """Look as `until` does, for those who are in no loop.

    Raises:
        AssertionError: there was nothing to see in these seconds.
    """
    deadline, pauses = time.monotonic() + seconds, _pauses()
    while not (found := look()):
        _fail_after(what, seconds, deadline)
        time.sleep(next(pauses))
    return found


def _pauses() -> Iterator[float]:
    pause = LOOK_AFTER_S
    while True:
        yield pause
        pause = min(pause * SLOWER, LOOK_EVERY_S)


def _fail_after(what: str, seconds: float, deadline: float) -> None:
    if time.monotonic() > deadline:
        raise AssertionError(f"waited {seconds:g} s without success until {what}")
