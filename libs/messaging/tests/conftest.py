"""The desk's stores, and a door before Kafka."""

import asyncio

import pytest
from desk import metadata
from servicekit import open_pool
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable
from testkit.doors import Door


class DoorForCallers(Door):
    """Counts who has called since it was last shut."""

    callers = 0

    async def shut(self) -> None:
        self.callers = 0
        await super().shut()


@pytest.fixture
async def door(kafka, monkeypatch):
    """A door before Kafka. Brokers name their own address, so every way there is led through it."""
    host, _, port = kafka.partition(":")
    loop, behind = asyncio.get_running_loop(), int(port)
    connect, way = loop.create_connection, DoorForCallers(host, behind)

    def redirected(factory, host=None, port=None, **options):
        if port == behind:
            way.callers += 1
            port = way.port
        return connect(factory, host, port, **options)

    await way.open()
    monkeypatch.setattr(loop, "create_connection", redirected)
    yield way
    await way.shut()


@pytest.fixture(scope="session")
async def stores(postgres):
    """A pool on a database with the tables of the desk."""
    async with await open_pool(postgres(), max_size=12) as pool:
        for table in metadata.sorted_tables:
            await pool.execute(str(CreateTable(table).compile(dialect=postgresql.dialect())))
        yield pool


@pytest.fixture
async def database(stores):
    """The pool, every table empty."""
    await stores.execute(f"TRUNCATE {', '.join(metadata.tables)}")
    return stores
