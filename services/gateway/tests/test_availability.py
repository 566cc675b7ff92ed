"""Calls over gRPC go to the instances of inventory that can answer, and are retried where that helps."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from gateway.problems.problem import ProblemError
from gateway.upstreams.availability import AvailabilityClient
from gateway.upstreams.rpc_channel import RpcChannel, target_of
from gateway_stage.availability import LONG, MUG, Instance
from grpc_health.v1.health_pb2 import HealthCheckResponse
from testkit.doors import door_before
from testkit.ports import free_port
from testkit.waiting import until


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

        async def is_reported() -> bool:
            return await client.check() is not None

        await until("no instance is well", is_reported)


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
