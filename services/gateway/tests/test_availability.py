"""Asked over HTTP, answered over gRPC: a gateway before an inventory that answers as it is told."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from gateway.problems.problem import ProblemError
from gateway.upstreams.availability import AvailabilityClient
from gateway.upstreams.rpc_channel import RpcChannel, target_of
from grpc_health.v1.health import aio as grpc_health
from grpc_health.v1.health_pb2 import HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import add_HealthServicer_to_server
from rpc.inventory.v1.availability_pb2 import GetRequest, GetResponse
from rpc.inventory.v1.availability_pb2_grpc import (
    AvailabilityServicer,
    add_AvailabilityServicer_to_server,
)
from testkit.doors import door_before
from testkit.ports import free_port
from testkit.waiting import PATIENCE_S, until

AS_OF = datetime(2026, 11, 25, 12, 0, 0, 250_000, tzinfo=UTC)
TRACE = "0af7651916cd43dd8448eb211c80319c"
HANG, LONG, MUG = "HANG", "LONG", "MUG 1"
STATUSES = {code.name: code for code in grpc.StatusCode}
PROBLEMS = {
    "NOT_FOUND": (404, "product_not_found"),
    "INVALID_ARGUMENT": (400, "invalid_query"),
    "DEADLINE_EXCEEDED": (504, "upstream_timeout"),
    "UNAVAILABLE": (503, "inventory_service_unavailable"),
    "CANCELLED": (503, "inventory_service_unavailable"),
    "RESOURCE_EXHAUSTED": (503, "inventory_service_unavailable"),
}
"""All others are 502."""


@dataclass
class Instance(AvailabilityServicer):
    """One instance of inventory: a SKU that is the name of a status is answered with that status.

    `refusing` is how many calls are turned away before one is answered.
    """

    port: int = field(default_factory=free_port)
    refusing: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    sent: dict[str, Any] = field(default_factory=dict)
    health: grpc_health.HealthServicer = field(default_factory=grpc_health.HealthServicer)
    _server: grpc.aio.Server | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def Get(self, request: GetRequest, context: Any) -> GetResponse:  # noqa: N802
        self.asked[request.sku] += 1
        self.sent = dict(context.invocation_metadata())
        if self.refusing:
            self.refusing -= 1
            await context.abort(grpc.StatusCode.UNAVAILABLE, "later")
        if request.sku in STATUSES:
            await context.abort(STATUSES[request.sku], "a secret of inventory")
        if request.sku == HANG:
            await asyncio.sleep(600)
        if request.sku == LONG:
            await asyncio.sleep(0.5)
        return GetResponse(sku=request.sku, available=5, as_of=AS_OF)

    async def start(self) -> None:
        self._server = grpc.aio.server(options=(("grpc.so_reuseport", 0),))
        add_AvailabilityServicer_to_server(self, self._server)
        add_HealthServicer_to_server(self.health, self._server)
        self._server.add_insecure_port(self.address)
        await self._server.start()

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.stop(None)


@pytest.fixture
async def instances() -> AsyncIterator[list[Instance]]:
    both = [Instance(), Instance()]
    for one in both:
        await one.start()
    yield both
    for one in both:
        await one.stop()


@asynccontextmanager
async def asking(*addresses: str) -> AsyncIterator[AvailabilityClient]:
    channel = RpcChannel(lambda: addresses)
    try:
        yield AvailabilityClient(channel)
    finally:
        await channel.close()


async def get(client: AvailabilityClient, sku: str = MUG, seconds: float = 20) -> int:
    return (await client.of(sku, seconds, "r1")).available


async def test_an_instance_that_is_away_for_a_moment_is_asked_again(instances):
    (one, _) = instances
    async with asking(one.address) as client:
        one.refusing = 2
        assert await get(client) == 5
        assert one.asked[MUG] == 3


@pytest.mark.parametrize("status", ["NOT_FOUND", "INVALID_ARGUMENT", "INTERNAL", "ABORTED"])
async def test_what_another_try_would_not_change_is_asked_once(instances, status):
    (one, _) = instances
    async with asking(one.address) as client:
        with pytest.raises(ProblemError):
            await get(client, status)
    assert one.asked[status] == 1


async def test_an_instance_that_stops_while_it_is_asked_costs_nobody_an_answer(instances):
    (one, other) = instances
    async with asking(one.address, other.address) as client:
        await until("both have been asked", lambda: asked_both(client, one, other))
        hanging = [asyncio.create_task(get(client, LONG)) for _ in range(20)]
        await until("both are being asked", lambda: asked(LONG, one, other))
        await one.stop()
        assert await asyncio.gather(*hanging) == [5] * 20


async def test_retries_end_when_most_calls_fail(instances):
    (one, _) = instances
    async with asking(one.address) as client:
        for _ in range(300):
            with pytest.raises(ProblemError, match="No instance"):
                await get(client, "UNAVAILABLE")
    assert 300 < one.asked["UNAVAILABLE"] <= 300 + 200


async def test_calls_go_to_every_instance_and_one_that_dies_costs_none_of_them(instances):
    first, second = instances
    async with asking(first.address, second.address) as client:
        await until("both have been asked", lambda: asked_both(client, first, second))
        calls = [asyncio.create_task(get(client)) for _ in range(50)]
        await first.stop()
        calls += [asyncio.create_task(get(client)) for _ in range(50)]
        assert await asyncio.gather(*calls) == [5] * 100


async def asked(sku, *instances):
    """Whether each of them has been asked for this."""
    return all(one.asked[sku] for one in instances)


async def asked_both(client: AvailabilityClient, first: Instance, second: Instance) -> bool:
    await get(client)
    return first.asked[MUG] > 0 and second.asked[MUG] > 0


async def test_an_instance_that_cannot_work_is_left_out_until_it_can(instances):
    first, second = instances
    await first.health.set("", HealthCheckResponse.NOT_SERVING)
    async with asking(first.address, second.address) as client:
        assert [await get(client) for _ in range(10)] == [5] * 10
        assert first.asked[MUG] == 0
        await first.health.set("", HealthCheckResponse.SERVING)
        await until("both have been asked", lambda: asked_both(client, first, second))
        await first.health.set("", HealthCheckResponse.NOT_SERVING)
        await second.health.set("", HealthCheckResponse.NOT_SERVING)

        async def told() -> bool:
            return await client.check() is not None

        await until("no instance is well", told)


async def test_a_host_that_takes_connections_and_says_nothing_is_left_out(instances):
    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65536):
            pass
        writer.close()

    silent = await asyncio.start_server(swallow, "127.0.0.1", free_port())
    host, port = silent.sockets[0].getsockname()
    async with silent, asking(f"{host}:{port}", instances[1].address) as client:
        assert [await get(client) for _ in range(20)] == [5] * 20


async def test_an_instance_that_freezes_is_left_out_after_a_while(instances):
    first, second = instances
    async with (
        door_before("127.0.0.1", first.port) as door,
        asking(f"127.0.0.1:{door.port}", second.address) as client,
    ):
        await until("both have been asked", lambda: asked_both(client, first, second))
        door.freeze()

        async def is_left_out() -> bool:
            with suppress(ProblemError):
                return [await get(client, seconds=0.5) for _ in range(6)] == [5] * 6
            return False

        await until("the frozen one is left out", is_left_out)
        door.thaw()
        first.asked.clear()
        await until("both have been asked", lambda: asked_both(client, first, second))


async def test_new_addresses_are_followed(instances):
    first, second = instances
    listed = [first.address]
    channel = RpcChannel(lambda: listed)
    client = AvailabilityClient(channel)
    try:
        assert (await get(client), first.asked[MUG]) == (5, 1)
        listed[:] = [second.address]
        assert (await get(client), second.asked[MUG]) == (5, 1)
        listed[:] = ["inventory:1", first.address]
        assert (await get(client), second.asked[MUG]) == (5, 2)
        listed.clear()
        with pytest.raises(ProblemError, match="No instance"):
            await get(client)
        assert await client.check() == "no instance is listed"
    finally:
        await channel.close()


def test_one_address_may_be_a_name_several_have_to_be_ip_addresses():
    assert target_of(["inventory:50051"]) == "dns:///inventory:50051"
    assert target_of(["10.0.0.1:1", "10.0.0.2:1"]) == "ipv4:10.0.0.1:1,10.0.0.2:1"
    assert target_of(["[::1]:1", "[::2]:1"]) == "ipv6:[::1]:1,[::2]:1"
    for mixed in (["inventory:1", "10.0.0.1:1"], ["10.0.0.1:1", "[::1]:1"]):
        with pytest.raises(ValueError, match="have to be IP addresses"):
            target_of(mixed)


@dataclass
class Edge:
    """A gateway with the one instance of inventory behind it."""

    http: httpx.AsyncClient
    inventory: Instance

    async def get(self, sku: str, **headers: str) -> httpx.Response:
        return await self.http.get(f"/v1/products/{sku}/availability", headers=headers)

    async def is_degraded(self) -> bool:
        ready = await self.http.get("/readyz")
        return ready.status_code == 200 and "inventory" in ready.json()["degraded"]


@pytest.fixture(scope="module")
async def edge(shop: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Edge]:
    inventory = Instance()
    await inventory.start()
    folder: Path = tmp_path_factory.mktemp("edge")
    changes = {"HTTP_PORT": str(free_port()), "INVENTORY_GRPC_URLS": inventory.address}
    gateway = shop.beside(folder, **changes)
    try:
        await gateway.answering("/readyz")
        async with httpx.AsyncClient(base_url=gateway.url, timeout=PATIENCE_S) as http:
            yield Edge(http, inventory)
    finally:
        await gateway.stop(signal.SIGKILL)
        await inventory.stop()


@pytest.mark.kafka
@pytest.mark.postgres
async def test_everybody_may_ask_what_can_be_had(edge):
    trace = f"00-{TRACE}-b7ad6b7169203331-01"
    answer = await edge.get(MUG, traceparent=trace, **{"X-Request-Id": "r-42"})
    here = "/v1/products/MUG%201"
    assert answer.json() == {
        "sku": MUG,
        "available": 5,
        "as_of": "2026-11-25T12:00:00.250000Z",
        "links": {"self": f"{here}/availability", "product": here},
    }
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=1")
    assert "upstream;dur=" in answer.headers["server-timing"]
    assert edge.inventory.sent["x-request-id"] == "r-42"
    assert edge.inventory.sent["traceparent"].split("-")[1] == TRACE


@pytest.mark.kafka
@pytest.mark.postgres
@pytest.mark.parametrize("status", sorted(STATUSES.keys() - {"OK"}))
async def test_every_status_has_its_problem(edge, status):
    http, code = PROBLEMS.get(status, (502, "upstream_invalid"))
    answer = await edge.get(status)
    assert (answer.status_code, answer.json()["code"]) == (http, code)
    assert ("retry-after" in answer.headers) == (http == 503)
    assert "secret" not in answer.text


@pytest.mark.kafka
@pytest.mark.postgres
async def test_an_inventory_that_hangs_is_given_up_after_the_time_of_the_route(edge):
    started = time.monotonic()
    answer = await edge.get(HANG)
    assert (answer.status_code, answer.json()["code"]) == (504, "upstream_timeout")
    assert time.monotonic() - started > 2.5


@pytest.mark.kafka
@pytest.mark.postgres
async def test_an_inventory_that_is_away_degrades_the_gateway_until_it_is_back(edge):
    await edge.inventory.stop()
    answer = await edge.get(MUG)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    await until("the gateway misses inventory", edge.is_degraded)
    await edge.inventory.start()

    async def answered() -> bool:
        with suppress(httpx.TransportError):
            return (await edge.get(MUG)).is_success
        return False

    await until("inventory is found again", answered)
