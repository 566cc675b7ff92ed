"""Resets a running system in place, and empties a stopped one: no orders, the stock of its first day."""

import asyncio
import shutil
from collections.abc import Collection
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from events import TOPICS

from stack.folders import Folders, only_change
from stack.health import wait_ready
from stack.postgres import connect
from stack.process import Layer
from stack.roles import DATABASES
from stack.settings import Settings
from stack.starting import Start
from stack.steps import StepFailedError, Steps
from stack.stopping import stop
from stack.supervisor import Supervisor
from stack.system import System, running
from stack.topics import create_topics, open_admin, read_acknowledged

TABLES = """
    SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
"""
KEEPS_NO_BOOKS = "issuer"
"""It keeps a key: tokens stay good."""
POLL_SECONDS = 0.1
ALL = frozenset(topic.name for topic in TOPICS)


async def empty_database(settings: Settings, database: str) -> None:
    """Remove every row and restart every count; the schema and its version stay."""
    connection = await connect(settings, database)
    try:
        if tables := await connection.fetchval(TABLES):
            await connection.execute(f"TRUNCATE {tables} RESTART IDENTITY")
    finally:
        await connection.close()


async def delete_topics(settings: Settings, names: Collection[str] = ALL) -> None:
    """Delete topics, by default those of the system, and with them what any group has acknowledged.

    Returns once the broker has forgotten both; bounded by the caller.
    """
    async with open_admin(settings.kafka_bootstrap) as admin:
        await admin.delete_topics(sorted(set(names) & set(await admin.list_topics())))
        while set(names) & (set(await admin.list_topics()) | await _acknowledged(admin)):
            await asyncio.sleep(POLL_SECONDS)


def forget_books(folders: Folders) -> None:
    """Remove what the world outside has written down."""
    for folder in folders.data.iterdir():
        if folder.name != KEEPS_NO_BOOKS:
            shutil.rmtree(folder)


async def _acknowledged(admin: AIOKafkaAdminClient) -> set[str]:
    """Return the topics of which the broker still knows how far some group has come."""
    return {place.topic for one in (await read_acknowledged(admin)).values() for place in one}


async def reset(state_dir: Path, *, steps: Steps | None = None) -> System:
    """Forget every order, mail and payment, and fill the shelves; return the system, ready.

    Everything but the stores is stopped meanwhile, the world outside too: nothing that was on its
    way can arrive afterwards. A reset that was cut short is completed by the next one.

    Raises:
        NotUpError: nothing runs in the state folder.
        ChangeUnderWayError: somebody is starting, scaling or resetting it.
        StepFailedError: a store does not answer, before anything was changed; or a process is not
            ready in time.
    """
    system, steps = running(state_dir), steps or Steps()
    with only_change(system.folders):
        system = running(state_dir)
        stores = [one for one in system.processes if one.layer is Layer.INFRASTRUCTURE]
        others = [one.name for one in system.processes if one not in stores]
        await asyncio.gather(*(wait_ready(system, store) for store in stores))
        with steps.step("services stopped"):
            await stop(Supervisor(system.folders), others)
        with steps.step("databases, topics and books emptied"):
            await _empty(system)
        await Start(system, steps).services()
    return system


async def _empty(system: System) -> None:
    services = {one.service for one in system.processes if one.service} & DATABASES.keys()
    try:
        async with asyncio.timeout(system.settings.start_seconds), asyncio.TaskGroup() as tasks:
            for service in services:
                tasks.create_task(empty_database(system.settings, DATABASES[service]))
            tasks.create_task(_empty_topics(system))
            tasks.create_task(asyncio.to_thread(forget_books, system.folders))
    except TimeoutError:
        reason = f"databases and topics are not empty after {system.settings.start_seconds:g} s"
        raise StepFailedError("reset", reason) from None


async def _empty_topics(system: System) -> None:
    await delete_topics(system.settings)
    await create_topics(system.settings)
