"""Open-loop load: requests are sent at their times, whether or not the earlier ones were answered.

A loop that waits for answers offers less load the slower a system gets, and so hides what its users would
have to wait for.
"""

import asyncio
import itertools
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Any

TICK_S = 0.002
"""Requests that are due within this time are sent together: a loop's timers are no finer."""

Send = Callable[[float], Coroutine[Any, Any, None]]
"""Sends one request and takes its answer; it is given the time of `perf_counter` at which it was due."""


def steadily(rate: float, seconds: float | None = None) -> Iterator[float]:
    """Give the times of `rate` requests a second, in seconds from the first; without end by default."""
    numbers = itertools.count() if seconds is None else range(round(rate * seconds))
    return (number / rate for number in numbers)


async def open_loop(times: Iterable[float], send: Send) -> float:
    """Send a request at each of these times, in seconds from now, and wait for all answers.

    A time is asked for when the request before it was sent: a generator may end the load.

    Returns:
        The seconds by which a request was late at most: if it is much, the load was less than asked for.
    """
    late = 0.0
    began = time.perf_counter()
    async with asyncio.TaskGroup() as answers:
        for after in times:
            due = began + after
            early = due - time.perf_counter()
            # One that is late lets the answers have their turn all the same.
            await asyncio.sleep(max(TICK_S, early) if early > 0 else 0)
            late = max(late, time.perf_counter() - due)
            answers.create_task(send(due))
    return late
