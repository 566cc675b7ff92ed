"""Which instance gets a request, and what becomes of it when that one fails: over real connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest
from gateway.upstreams.addresses import Addresses
from gateway.upstreams.balancing import BalancingTransport, NoInstanceError
from gateway.upstreams.breaker import OPENS_AFTER, BreakerState, RetryBudget
from gateway.upstreams.health_checks import Prober
from gateway.upstreams.pool import Pool
from servicekit.http_client import ConnectionPerCallTransport
from testkit.waiting import until


class Server:
    """An instance that does as it is told: answers with `status`, waits while it `hangs`, hangs up."""

    def __init__(self) -> None:
        self.status = 200
        self.asked = 0
        self.hangs_up = False
        self.hosts: list[str] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self._serving: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            while await reader.readline():
                while (line := await reader.readline()) != b"\r\n":
                    if line.lower().startswith(b"host:"):
                        self.hosts.append(line[5:].strip().decode())
                self.asked += 1
                if self.hangs_up:
                    return
                await self.may_answer.wait()
                writer.write(b"HTTP/1.1 %d X\r\nContent-Length: 2\r\n\r\n{}" % self.status)
        finally:
            writer.close()

    async def end(self) -> None:
        """Wait until every connection is closed, by the other side that is."""
        self.may_answer.set()
        await asyncio.gather(*self._serving, return_exceptions=True)


class Stage:
    """A balancer over some servers."""

    def __init__(self, servers: dict[str, Server]) -> None:
        self.servers = servers
        self.pool = Pool(Addresses(",".join(servers)))
        self.balancer = BalancingTransport(self.pool, RetryBudget(), ConnectionPerCallTransport())

    @property
    def asked(self) -> list[int]:
        return [server.asked for server in self.servers.values()]

    async def get(self, method: str = "GET", seconds: float = 20) -> httpx.Response:
        request = httpx.Request(
            method,
            "http://orders/x",
            extensions={"timeout": httpx.Timeout(seconds).as_dict()},
        )
        return await self.balancer.handle_async_request(request)


@asynccontextmanager
async def open_stage(count: int) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        servers = {}
        for _ in range(count):
            server = Server()
            listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
            stack.callback(listening.close)
            servers[f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"] = server
            stack.push_async_callback(server.end)
        stage = Stage(servers)
        stack.push_async_callback(stage.balancer.aclose)
        yield stage


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with open_stage(3) as stage:
        yield stage


async def test_the_instance_with_the_fewest_pending_is_asked(stage: Stage) -> None:
    first, *others = stage.servers.values()
    for server in stage.servers.values():
        server.may_answer.clear()
    waiting = [asyncio.create_task(stage.get()) for _ in range(6)]
    await until("each server has been asked twice", lambda: stage.asked == [2, 2, 2])
    for server in others:
        server.may_answer.set()
    await until(
        "only the first has not answered",
        lambda: sum(one.pending for one in stage.pool.instances) == 2,
    )
    for _ in range(8):
        await stage.get()
    assert first.asked == 2
    first.may_answer.set()
    assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {200}


async def test_the_host_that_was_asked_for_stays(stage: Stage) -> None:
    await stage.get()
    assert [host for server in stage.servers.values() for host in server.hosts] == ["orders"]


@pytest.mark.parametrize("fault", ["hangs_up", "status", "may_answer"])
async def test_a_read_that_fails_is_answered_by_another_instance(stage: Stage, fault: str) -> None:
    bad, *_ = stage.servers.values()
    bad.hangs_up = fault == "hangs_up"
    bad.status = 503 if fault == "status" else 200
    if fault == "may_answer":
        bad.may_answer.clear()
    for _ in range(6):
        assert (await stage.get(seconds=3)).status_code == 200
    bad.may_answer.set()
    assert bad.asked <= OPENS_AFTER


async def test_what_may_not_be_done_twice_is_sent_once(stage: Stage) -> None:
    for server in stage.servers.values():
        server.hangs_up = True
    with pytest.raises(httpx.RemoteProtocolError):
        await stage.get("POST")
    assert sum(stage.asked) == 1


async def test_at_most_three_instances_are_tried() -> None:
    async with open_stage(5) as stage:
        for server in stage.servers.values():
            server.status = 500
        assert (await stage.get()).status_code == 500
        assert sum(stage.asked) == 3


async def test_retries_end_with_their_budget(stage: Stage) -> None:
    while stage.balancer.budget.retry():
        pass
    for server in stage.servers.values():
        server.status = 500
    before = stage.balancer.budget.spent
    for _ in range(4):
        await stage.get()
    assert sum(stage.asked) == 4 + stage.balancer.budget.spent - before
    assert stage.balancer.budget.refused > 1


async def test_nobody_is_asked_while_every_breaker_is_open(stage: Stage) -> None:
    for server in stage.servers.values():
        server.hangs_up = True
    for _ in range(OPENS_AFTER):
        with pytest.raises(httpx.RemoteProtocolError):
            await stage.get()
    asked = sum(stage.asked)
    with pytest.raises(NoInstanceError):
        await stage.get()
    assert sum(stage.asked) == asked == 3 * OPENS_AFTER


async def test_a_single_instance_is_asked_once_more_when_the_connection_fails() -> None:
    async with open_stage(1) as stage:
        (server,) = stage.servers.values()
        server.hangs_up = True
        with pytest.raises(httpx.RemoteProtocolError):
            await stage.get()
        assert server.asked == 2


async def test_tries_share_the_time_of_the_request(stage: Stage) -> None:
    for server in stage.servers.values():
        server.may_answer.clear()
    with pytest.raises(httpx.ReadTimeout):
        await stage.get(seconds=0.6)
    for server in stage.servers.values():
        server.may_answer.set()
    assert stage.asked == [1, 1, 1]
    assert [one.pending for one in stage.pool.instances] == [0, 0, 0]


async def test_a_request_that_is_given_up_counts_for_nothing(stage: Stage) -> None:
    for server in stage.servers.values():
        server.may_answer.clear()
    waiting = asyncio.create_task(stage.get())
    await until("a server has been asked", lambda: sum(stage.asked) == 1)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    counted = {(one.pending, one.answered, one.failed) for one in stage.pool.instances}
    assert counted == {(0, 0, 0)}


async def test_instances_are_ejected_and_readmitted_by_probes(stage: Stage) -> None:
    bad, *_ = stage.servers.values()
    bad.status = 503
    prober = Prober("orders", stage.pool, stage.balancer._transport)
    probing = asyncio.create_task(prober.run())
    try:
        out = await until(
            "an instance is out", lambda: [one for one in stage.pool.instances if one.out]
        )
        assert [one.out for one in out] == ["/readyz answers 503"]
        chosen = {stage.pool.choose() for _ in range(50)}
        assert out[0] not in chosen
        bad.status = 200
        await until(
            "no instance is out", lambda: all(one.out is None for one in stage.pool.instances)
        )
    finally:
        probing.cancel()
        await asyncio.gather(probing, return_exceptions=True)


async def test_if_all_probes_fail_instances_are_asked_all_the_same(stage: Stage) -> None:
    for instance in stage.pool.instances:
        for _ in range(5):
            instance.probed("/readyz answers 503")
    assert (await stage.get()).status_code == 200


async def test_who_comes_back_is_tried_before_its_pause_is_over(stage: Stage) -> None:
    instance, *_ = stage.pool.instances
    for _ in range(OPENS_AFTER):
        instance.end(trial=instance.begin(), succeeded=False)
    instance.probed("/readyz failed")
    assert instance.out == "its circuit breaker is open"
    instance.probed(None)
    assert (instance.out, instance.breaker.state) == (None, BreakerState.HALF_OPEN)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_request_that_every_instance_stumbles_over_counts_against_none(
    stage: Stage, method: str
) -> None:
    """A client can send it again and again; whoever asks for something else is answered."""
    for server in stage.servers.values():
        server.status = 500
    for _ in range(5 * OPENS_AFTER):
        assert (await stage.get(method)).status_code == 500
    assert [one.breaker.state for one in stage.pool.instances] == [BreakerState.CLOSED] * 3
    for server in stage.servers.values():
        server.status = 200
    assert (await stage.get(method)).status_code == 200


async def test_an_instance_that_alone_stumbles_is_left_alone(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.upstreams.breaker.LONGEST_PAUSE_S", 3600.0)
    monkeypatch.setattr("gateway.upstreams.breaker.FIRST_PAUSE_S", 3600.0)
    bad, *_ = stage.servers.values()
    bad.status = 500
    for _ in range(40):
        assert (await stage.get()).status_code == 200
    assert bad.asked == OPENS_AFTER
