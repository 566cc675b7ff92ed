"""Looking until something is so; no test sleeps for a fixed time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any

LOOK_EVERY_S = 0.05
PATIENCE_S = 120
"""A busy machine is no failure: where two cores carry two shops, a broker needs one minute to start."""


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
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain until {what}"
        await asyncio.sleep(LOOK_EVERY_S)
