"""Empties what a stopped shop has kept: its databases, its topics and the books outside."""

import asyncio
import shutil
from collections.abc import Collection

from aiokafka.admin import AIOKafkaAdminClient
from events import TOPICS

from orderstream.platform.folders import Folders
from orderstream.platform.postgres import connect
from orderstream.platform.settings import Settings

TABLES = """
    SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
"""
KEEPS_NO_BOOKS = "issuer"
"""It keeps a key: tokens stay good."""
POLL_SECONDS = 0.1
ALL = frozenset(topic.name for topic in TOPICS)


async def empty_database(settings: Settings, database: str) -> None:
    """Remove every row and start every count anew; the schema and its version stay."""
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
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    await admin.start()
    try:
        await admin.delete_topics(sorted(set(names) & set(await admin.list_topics())))
        while set(names) & (set(await admin.list_topics()) | await _acknowledged(admin)):
            await asyncio.sleep(POLL_SECONDS)
    finally:
        await admin.close()


def forget_books(folders: Folders) -> None:
    """Remove what the world outside has written down."""
    for folder in folders.data.iterdir():
        if folder.name != KEEPS_NO_BOOKS:
            shutil.rmtree(folder)


async def _acknowledged(admin: AIOKafkaAdminClient) -> set[str]:
    """The topics of which the broker still knows how far some group has come."""
    groups = {group for group, *_ in await admin.list_consumer_groups()}
    offsets = [await admin.list_consumer_group_offsets(group) for group in sorted(groups)]
    return {place.topic for one in offsets for place in one}
