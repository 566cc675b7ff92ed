"""One rebuild: a database beside the live one, the order service's replay into it, the comparison."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from uuid import uuid4

from audit.broker import read_acknowledged
from events import EVENT_TOPICS, OrderOverdue
from reading import Consumer, Offsets, open_topics, read_ends, read_to
from servicekit.broker import REQUEST_TIMEOUT_MS
from stack import DATABASES, Settings, Steps, System, connect, create_database
from stack.one_off import run_once

from orderstream.replay_check.orders import Selection, read_orders
from orderstream.replay_check.report import Report, compare

FOLLOWED = tuple(topic.name for topic in EVENT_TOPICS if "order" in topic.followed_by)
OVERDUE = OrderOverdue.topic.name
"""Not consumed by the order service: it says it, and a rebuild reads it."""


def _open(bootstrap: str) -> AbstractAsyncContextManager[Consumer]:
    return open_topics(bootstrap, *FOLLOWED, OVERDUE, request_timeout_ms=REQUEST_TIMEOUT_MS)


async def read_last(bootstrap: str) -> Offsets:
    """Return where each partition ends now.

    Raises:
        KafkaError: the broker does not answer.
    """
    async with _open(bootstrap) as consumer:
        return await read_ends(consumer)


async def read_handled(bootstrap: str, ends: Offsets) -> Offsets:
    """Up to where both have come: the live order service, and a rebuild that reads to `ends`.

    Raises:
        CannotAuditError: the broker does not answer.
    """
    acknowledged = await read_acknowledged(bootstrap)
    return {
        place: min(end, max(0, acknowledged.get(("order", place.topic, place.partition), 0)))
        if place.topic != OVERDUE
        else end
        for place, end in ends.items()
    }


async def read_moving(bootstrap: str, handled: Offsets) -> set[str]:
    """Return the orders of which something lies beyond these offsets.

    Raises:
        KafkaError: the broker does not answer.
    """
    async with _open(bootstrap) as consumer:
        for place, offset in handled.items():
            consumer.seek(place, offset)
        ends = await read_ends(consumer)
        return {
            (record.key or b"").decode(errors="replace") async for record in read_to(consumer, ends)
        }


async def read_oldest(bootstrap: str) -> datetime | None:
    """Return the time from which on no topic has lost a record; None if none has lost any.

    Raises:
        KafkaError: the broker does not answer.
    """
    async with _open(bootstrap) as consumer:
        places = list(consumer.assignment())
        begins = await consumer.beginning_offsets(places)
        lossy = [place for place in places if begins[place] > 0]
        if not lossy:
            return None
        firsts = await consumer.offsets_for_times(dict.fromkeys(lossy, 0))
        now = datetime.now(UTC)
        return max(
            datetime.fromtimestamp(first.timestamp / 1000, UTC) if first else now
            for first in (firsts.get(place) for place in lossy)
        )


@asynccontextmanager
async def scratch_database(settings: Settings, service: str, *, keep: bool) -> AsyncIterator[str]:
    """Provide an empty database of an invented name; dropped at the end unless it is to be kept."""
    name = f"{DATABASES[service]}_replay_{uuid4().hex[:8]}"
    await create_database(settings, name)
    try:
        yield name
    finally:
        if not keep:
            await _drop(settings, name)


async def _drop(settings: Settings, name: str) -> None:
    connection = await connect(settings)
    try:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await connection.execute(f"DROP ROLE {name}")
    finally:
        await connection.close()


SERVICE = "order"


async def rebuild(
    system: System, selection: Selection, steps: Steps, *, keep: bool = False
) -> Report:
    """Rebuild the selected orders and compare them with the live ones.

    What is read first is older than what is read later, so that an order that differs only because
    it moved meanwhile is found among those about which something was emitted since.

    Raises:
        StepFailedError: the order service cannot be replayed; its log says why.
        KafkaError, CannotAuditError: the broker does not answer.
    """
    settings = system.settings
    bootstrap = settings.kafka_bootstrap
    async with scratch_database(settings, SERVICE, keep=keep) as scratch:
        environment = {"DATABASE_URL": settings.database_url(scratch)}
        ends = await read_last(bootstrap)
        with steps.step(f"{scratch} created"):
            await run_once(settings, SERVICE, "migrate", environment=environment)
        with steps.step("orders replayed"):
            told = environment | selection.environment()
            await run_once(settings, SERVICE, "replay", environment=told)
        handled = await read_handled(bootstrap, ends)
        live = await read_orders(settings, DATABASES[SERVICE], selection)
        rebuilt = await read_orders(settings, scratch, selection)
        return compare(
            live,
            rebuilt,
            moving=await read_moving(bootstrap, handled),
            held_since=await read_oldest(bootstrap),
            kept=scratch if keep else None,
        )
