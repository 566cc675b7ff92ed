"""Inventory's API as a real process on a real PostgreSQL, asked over gRPC."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import grpc
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from rpc.context import call_metadata
from rpc.inventory.v1.availability_pb2 import GetRequest
from rpc.inventory.v1.availability_pb2_grpc import AvailabilityStub
from servicekit import migrations
from testkit.locks import waiting_for_locks
from testkit.ports import free_port
from testkit.processes import Process
from testkit.spans import collecting
from testkit.waiting import TIMEOUT_S, until
from tracing import Kind, TraceContext, use_trace
from tracing.conventions import faults

pytestmark = pytest.mark.postgres
MUG, GONE = "MUG 1", "GONE"
GET = "orderstream.inventory.v1.Availability/Get"
STOCK = """
    INSERT INTO products (sku, name, unit_price, currency, initial, on_hand, reserved, shipped)
    VALUES ($1, $1, 295, 'GBP', 9, $2, $3, 9 - $2 - $3)
"""
LOCK = "LOCK TABLE products IN ACCESS EXCLUSIVE MODE"
THROW_OUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass
class Inventory:
    """One API process, and the way to ask it."""

    process: Process
    channel: grpc.aio.Channel

    async def get(self, sku: str, seconds: float | None = 10):
        return await AvailabilityStub(self.channel).Get(GetRequest(sku=sku), timeout=seconds)

    async def refuses(self, sku: str, seconds: float | None = 10) -> str:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await self.get(sku, seconds)
        return refused.value.code().name

    async def health(self) -> str:
        try:
            answer = await HealthStub(self.channel).Check(HealthCheckRequest(), timeout=TIMEOUT_S)
        except grpc.aio.AioRpcError as error:
            return error.code().name
        return HealthCheckResponse.ServingStatus.Name(answer.status)

    async def has_status(self, status: str) -> bool:
        return await self.health() == status

    async def refuses_all(self) -> bool:
        return await self.health() != "SERVING"

    async def ready(self) -> None:
        await asyncio.to_thread(self.process.wait_ready)


def started(folder: Path, environment: dict[str, str]) -> Inventory:
    port = environment["GRPC_PORT"]
    process = Process("inventory", "api", log=folder / f"{port}.log", **environment)
    options = (("grpc.enable_http_proxy", 0),)
    return Inventory(process, grpc.aio.insecure_channel(f"127.0.0.1:{port}", options))


async def nobody_waits(connection: asyncpg.Connection) -> bool:
    return await waiting_for_locks(connection) == 0


async def filled(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(STOCK, MUG, 5, 3)
        await connection.execute(STOCK, GONE, 0, 9)
    finally:
        await connection.close()


@pytest.fixture(scope="module")
async def inventory(
    postgres: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Inventory]:
    database = postgres()
    await asyncio.to_thread(migrations.upgrade, "inventory", database)
    await filled(database)
    environment = {
        "DATABASE_URL": database,
        "HTTP_PORT": str(free_port()),
        "GRPC_PORT": str(free_port()),
    }
    inventory = started(tmp_path_factory.mktemp("inventory"), environment)
    try:
        await inventory.ready()
        yield inventory
    finally:
        await inventory.channel.close()
        inventory.process.close()


async def test_what_is_set_aside_cannot_be_had(inventory):
    answer = await inventory.get(MUG)
    assert (answer.sku, answer.available) == (MUG, 5)
    age = datetime.now(UTC) - answer.as_of.ToDatetime(UTC)
    assert timedelta(0) <= age < timedelta(minutes=1)
    assert (await inventory.get(GONE)).available == 0


async def test_an_unknown_product_is_not_found(inventory):
    assert await inventory.refuses("NONE") == "NOT_FOUND"


@pytest.mark.parametrize("sku", ["", " ", "-x", "x" * 41, "a\nb", "A\x00", "MUG 1\n", "Ä"])
async def test_what_cannot_be_a_sku_is_an_invalid_argument(inventory, sku):
    assert await inventory.refuses(sku) == "INVALID_ARGUMENT"


async def test_a_message_without_bounds_is_refused(inventory):
    assert await inventory.refuses("x" * 100_000) == "RESOURCE_EXHAUSTED"


async def test_a_call_is_a_span_of_its_callers_trace_and_names_no_product(inventory, tmp_path):
    callers = TraceContext.new()
    async with (
        collecting() as collector,
        another(inventory, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url) as traced,
    ):
        await traced.ready()
        assert await traced.health() == "SERVING"
        stub = AvailabilityStub(traced.channel)
        with use_trace(callers), call_metadata(f"/{GET}", "r-1") as metadata:
            await stub.Get(GetRequest(sku=MUG), metadata=metadata, timeout=TIMEOUT_S)
        assert await traced.refuses("NONE") == "NOT_FOUND"
        await until("both calls are told", lambda: len(collector.spans.named(GET)) == 2)
        answered, refused = collector.spans.named(GET)
        assert {span.name for span in collector.spans} == {GET}
        exported = b"".join(one.SerializeToString() for one in collector.requests)
    assert (answered.context.trace_id, answered.parent_id) == (callers.trace_id, callers.span_id)
    assert (refused.parent_id, refused.context.trace_id != callers.trace_id) == (None, True)
    assert (answered.kind, refused.kind) == (Kind.SERVER, Kind.SERVER)
    assert [one.attributes["rpc.grpc.status_code"] for one in (answered, refused)] == [0, 5]
    assert "error.type" not in refused.attributes  # it is the caller's, not the server's
    assert [fault for span in (answered, refused) for fault in faults(span)] == []
    assert MUG.encode() not in exported


async def test_a_call_whose_time_is_up_is_not_worked_for(inventory):
    connection = await asyncpg.connect(inventory.process.environment["DATABASE_URL"])
    try:
        async with connection.transaction():
            await connection.execute(LOCK)
            assert await inventory.refuses(MUG, seconds=0.5) == "DEADLINE_EXCEEDED"
            await until("no call waits", lambda: nobody_waits(connection))
        assert (await inventory.get(MUG)).available == 5
    finally:
        await connection.close()


async def test_health_says_what_readiness_says(inventory, tmp_path, postgres):
    assert await inventory.health() == "SERVING"
    database = postgres()
    await asyncio.to_thread(migrations.upgrade, "inventory", database)
    async with another(inventory, tmp_path, DATABASE_URL=database) as without_database:
        await without_database.ready()
        await shut(database)
        await until("it cannot serve", lambda: without_database.has_status("NOT_SERVING"))
        assert await without_database.refuses(MUG) == "UNAVAILABLE"


async def test_a_second_process_on_the_port_says_so(inventory, tmp_path):
    port = inventory.process.environment["GRPC_PORT"]
    async with another(inventory, tmp_path, GRPC_PORT=port) as second:
        assert await asyncio.to_thread(second.process.wait) != 0
        assert f"cannot listen on 127.0.0.1:{port}" in second.process.log
    assert (await inventory.get(MUG)).available == 5


async def test_a_stop_lets_open_calls_end(inventory, tmp_path):
    connection = await asyncpg.connect(inventory.process.environment["DATABASE_URL"])
    async with another(inventory, tmp_path) as stopping:
        await stopping.ready()
        async with connection.transaction():
            await connection.execute(LOCK)
            asked = asyncio.create_task(stopping.get(MUG))
            await until("the call waits", lambda: waiting_for_locks(connection))
            stopping.process.send(signal.SIGTERM)
            await until("it refuses all calls", stopping.refuses_all)
        assert (await asked).available == 5
        assert await asyncio.to_thread(stopping.process.wait) == -signal.SIGTERM
    await connection.close()


@asynccontextmanager
async def another(inventory: Inventory, folder: Path, **changes: str) -> AsyncIterator[Inventory]:
    """A second process beside the first; told the same, but for its ports and what is changed."""
    ports = {"HTTP_PORT": str(free_port()), "GRPC_PORT": str(free_port())}
    process = started(folder, inventory.process.environment | ports | changes)
    try:
        yield process
    finally:
        await process.channel.close()
        process.process.close()


async def shut(database: str) -> None:
    """Admit no new connections, and end those that are open."""
    connection = await asyncpg.connect(database)
    try:
        name = urlsplit(database).path.strip("/")
        await connection.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0')
        await connection.execute(THROW_OUT)
    finally:
        await connection.close()
