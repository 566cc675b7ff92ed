"""Looking until something is so; no test sleeps for a fixed time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
LOOK_EVERY_S = 0.05


async def until(what: str, look: Callable[[], Awaitable[T] | T], *, seconds: float = 60) -> T:
    """Look again and again until there is something to see, and give that.

    Raises:
        AssertionError: there was nothing to see in these seconds.
    """
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        found = await seen if isinstance(seen, Awaitable) else seen
        if found:
            return found
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain until {what}"
        await asyncio.sleep(LOOK_EVERY_S)
