"""Whether the changelog fits the topic that is counted: a window's place in both has one number."""

import asyncio

import structlog
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from events import CHANGELOGS
from servicekit import CannotStartError
from servicekit.broker import REQUEST_TIMEOUT_MS, RETRY_S

log = structlog.get_logger(__name__)

FOLLOWS = {one.name: one.as_many_as for one in CHANGELOGS if one.as_many_as}
LOOK_EVERY_S = 2.0


async def require_fitting(bootstrap: str, wait_s: float) -> None:
    """Wait until the changelog has a partition for each one that is counted.

    Raises:
        CannotStartError: it had not within `wait_s` seconds.
    """
    deadline = asyncio.get_running_loop().time() + wait_s
    told = False
    while (problem := await _problem(bootstrap)) is not None:
        if asyncio.get_running_loop().time() > deadline:
            raise CannotStartError(problem)
        if not told:
            log.warning("partitions_missing", problem=problem)
            told = True
        await asyncio.sleep(RETRY_S)


async def watch_fitting(bootstrap: str) -> None:
    """Look on, until cancelled, whether partitions were added to what is counted.

    Raises:
        CannotStartError: they were, and the changelog has none for them.
    """
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        if (problem := await _problem(bootstrap)) is not None:
            raise CannotStartError(problem)


async def _problem(bootstrap: str) -> str | None:
    """Return what does not fit, and what to do; None if all does, or while the broker does not say."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=REQUEST_TIMEOUT_MS)
    try:
        await admin.start()
        told = await admin.describe_topics([*FOLLOWS, *FOLLOWS.values()])
    except (KafkaError, OSError, TimeoutError):
        return None
    finally:
        await admin.close()
    counts = {one["topic"]: len(one["partitions"]) for one in told}
    problems = (
        f"{counted} has {counts[counted]} partitions and {changelog} {counts[changelog]}: "
        "give it as many with orderstream prepare"
        for changelog, counted in FOLLOWS.items()
        if counts[changelog] < counts[counted]
    )
    return next(problems, None)
