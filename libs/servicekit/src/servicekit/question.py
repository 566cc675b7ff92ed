"""A check that may fail in every way, or never return, without harm to its caller.

It is asked in a task of its own. Whatever ends that task, a cancellation that came from inside of a
driver included, is an answer like any other: who waits for the answer is not ended with it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

Check = Callable[[], Awaitable[str | None]]
TIMEOUT_S = 2.0
OVERDUE_TIMEOUT_S = 0.2
"""While an answer is overdue, the wait for another is short: readiness itself must not hang."""
FORGET_AFTER_S = 10.0
"""A driver may never finish cleaning up after a cancellation; then it is asked again beside that."""
OK = "ok"
LONGEST = 300


class Question:
    """One check, asked again once it has answered, and not meanwhile: it would hang as well."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._asking: asyncio.Task[str] | None = None
        self._asked_at = 0.0
        self._told_to_end = False
        self._overdue = False
        self._forgotten: set[asyncio.Task[str]] = set()

    async def answer(self) -> str:
        """Return `ok`, or what is wrong, within two seconds."""
        asking = self._ask()
        # Not asyncio.timeout: it would wait for a task that does not end when it is told to.
        await asyncio.wait({asking}, timeout=OVERDUE_TIMEOUT_S if self._overdue else TIMEOUT_S)
        answered = asking.done() and not self._told_to_end
        self._overdue = not answered
        if answered:
            self._asking = None
            return asking.result()
        self._tell_to_end(asking)
        return f"no answer within {TIMEOUT_S:.0f} s"

    def _ask(self) -> asyncio.Task[str]:
        """Return the question that is open, its answer if it was not collected yet, or else a new one."""
        before, age = self._asking, time.monotonic() - self._asked_at
        if before is not None and age < FORGET_AFTER_S:
            if not (before.done() and self._told_to_end):
                return before
        elif before is not None and not before.done():
            self._forgotten.add(before)
            before.add_done_callback(self._forgotten.discard)
        self._asked_at, self._told_to_end = time.monotonic(), False
        self._asking = asyncio.create_task(_found(self._check))
        return self._asking

    def _tell_to_end(self, asking: asyncio.Task[str]) -> None:
        """Cancel it once: a second cancellation would strike what a driver does because of the first."""
        if not self._told_to_end and time.monotonic() - self._asked_at >= TIMEOUT_S:
            self._told_to_end = True
            asking.cancel()


async def _found(check: Check) -> str:
    try:
        found = await check()
    except BaseException as error:  # whatever is wrong is what is reported
        return _storable(f"{type(error).__name__}: {_words_of(error)}")
    return _storable(found or OK)


def _words_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as another:
        return f"it cannot be told for {type(another).__name__}"


def _storable(text: str) -> str:
    """Return what can be sent as JSON, and is not endless."""
    return text[:LONGEST].encode(errors="replace").decode()
