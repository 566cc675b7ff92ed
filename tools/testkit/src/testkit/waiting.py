"""Looking until something is so; no test sleeps for a fixed time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any

LOOK_EVERY_S = 0.03
PATIENCE_S = 90
"""A busy machine is no failure. Yet shorter than pytest's own timeout, which cannot say what was waited for."""


async def until(
    what: str, look: Callable[[], Awaitable[Any] | Any], *, seconds: float = PATIENCE_S
) -> Any:
    """Look again and again until there is something to see, and give that.

    Raises:
        AssertionError: there was nothing to see in these seconds.
    """
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        found = await seen if isawaitable(seen) else seen
        if found:
            return found
        _be_patient(what, seconds, deadline)
        await asyncio.sleep(LOOK_EVERY_S)


def blocking_until(what: str, look: Callable[[], Any], *, seconds: float = PATIENCE_S) -> Any:
    """Look as `until` does, for those who are in no loop.

    Raises:
        AssertionError: there was nothing to see in these seconds.
    """
    deadline = time.monotonic() + seconds
    while not (found := look()):
        _be_patient(what, seconds, deadline)
        time.sleep(LOOK_EVERY_S)
    return found


def _be_patient(what: str, seconds: float, deadline: float) -> None:
    if time.monotonic() > deadline:
        raise AssertionError(f"waited {seconds:g} s in vain until {what}")
