"""Waiting for the broker: a process that comes first does not die of it."""

import asyncio

import structlog

from servicekit.checks import kafka_check
from servicekit.startup import WAIT_S, CannotStartError

log = structlog.get_logger(__name__)

RETRY_S = 0.5
ANSWER_S = 5.0
METADATA_MAX_AGE_MS = 10_000
"""Interval at which a client refreshes its list of brokers. It knows no other way than through those that it
knows: one that has seen two of three go must learn of their return before the third goes."""
REQUEST_TIMEOUT_MS = 8_000
"""A connection on which an answer takes longer is closed and replaced: the other side may have
vanished without a word. Longer than any answer is held back on purpose (a fetch, 1.5 s) and than the
six seconds after which a group goes on without a member that gives no sign of life: by then it has lost
its partitions anyway. Only who joins a group may have to wait for longer, until the others have
finished what they are at: it asks again under the same name, and keeps its place."""


async def wait_for_broker(bootstrap: str, wait_s: float = WAIT_S) -> None:
    """Wait until a broker of `host:port[,host:port...]` answers; the log says once that we do.

    Raises:
        CannotStartError: none did within `wait_s` seconds.
    """
    clock = asyncio.get_running_loop().time
    deadline = clock() + wait_s
    told = False
    while (problem := await broker_problem(bootstrap)) is not None:
        if clock() > deadline:
            raise CannotStartError(f"{problem} after {wait_s:.0f} s")
        if not told:
            log.warning("waiting_for_broker", problem=problem)
            told = True
        await asyncio.sleep(RETRY_S)


async def broker_problem(bootstrap: str) -> str | None:
    """Return why no broker answers; None if one does."""
    try:
        async with asyncio.timeout(ANSWER_S):
            return await kafka_check(bootstrap)()
    except TimeoutError:
        return f"no answer from {bootstrap} within {ANSWER_S:.0f} s"
