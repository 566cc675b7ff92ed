"""The topics of a service have to be there: the installation makes them, a worker never does."""

import asyncio
from collections.abc import Iterable

import structlog
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from events import topics_of
from servicekit import CannotStartError
from servicekit.broker import REQUEST_TIMEOUT_MS, RETRY_S, wait_for_broker
from servicekit.startup import WAIT_S

log = structlog.get_logger(__name__)

NAMED = 3
"""How many missing topics are named; the others are counted."""


async def require_topics(service: str, bootstrap: str, wait_s: float = WAIT_S) -> None:
    """Wait until a broker answers and has every topic that the service needs.

    Raises:
        CannotStartError: no broker answered, or a topic was not there, within `wait_s` seconds.
    """
    await wait_for_broker(bootstrap, wait_s)
    needed = {topic.name for topic in topics_of(service)}
    clock = asyncio.get_running_loop().time
    deadline = clock() + wait_s
    told = False
    while missing := needed - await _there(bootstrap):
        if clock() > deadline:
            raise CannotStartError(_complaint(missing, bootstrap))
        if not told:
            log.warning("topics_missing", missing=sorted(missing))
            told = True
        await asyncio.sleep(RETRY_S)


async def _there(bootstrap: str) -> set[str]:
    """Return the topics that the broker has; none while it does not answer."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=REQUEST_TIMEOUT_MS)
    try:
        await admin.start()
        return set(await admin.list_topics())
    except (KafkaError, OSError) as error:
        log.warning("topics_unknown", error=repr(error))
        return set()
    finally:
        await admin.close()


def _complaint(missing: Iterable[str], bootstrap: str) -> str:
    names = sorted(missing)
    shown = ", ".join(names[:NAMED])
    if len(names) > NAMED:
        shown += f" and {len(names) - NAMED} more"
    one = len(names) == 1
    return (
        f"{'topic' if one else 'topics'} {shown} {'is' if one else 'are'} not on the broker at "
        f"{bootstrap}: create {'it' if one else 'them'} with orderstream prepare"
    )
