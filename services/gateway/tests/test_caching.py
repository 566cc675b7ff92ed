"""What the cache keeps, and what it must not; over real connections."""

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse
from gateway.problems.problem import ProblemError
from gateway.upstreams import upstream as upstream_module
from gateway.upstreams.addresses import Addresses
from gateway.upstreams.balancing import BalancingTransport
from gateway.upstreams.breaker import RetryBudget
from gateway.upstreams.caching import OVERHEAD_BYTES, StoredResponses, cached
from gateway.upstreams.pool import Pool
from gateway.upstreams.upstream import Upstream
from hishel.httpx import AsyncCacheTransport
from servicekit.http_client import ConnectionPerCallTransport
from testkit.serving import served

A_FEW_FIELDS = 2_500
"""What the address and the fields of an answer here take together, at most."""


class Source:
    """Answers with who asks; `rule` is its Cache-Control, `vary` what the answer depends on."""

    def __init__(self, rule: str, vary: str = "") -> None:
        self.rule = rule
        self.vary = vary
        self.asked = 0

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/{path}")
        async def respond(request: Request, path: str) -> PlainTextResponse:
            self.asked += 1
            who = request.headers.get("authorization", "nobody")
            headers = {"Cache-Control": self.rule} if self.rule else {}
            headers |= {"Vary": self.vary} if self.vary else {}
            return PlainTextResponse(f"{path} for {who}".ljust(1000), headers=headers)

        return app


async def get(transport: AsyncCacheTransport, url: str, who: str | None = None) -> str:
    headers = {"Authorization": who} if who else {}
    response = await transport.handle_async_request(httpx.Request("GET", url, headers=headers))
    return (await response.aread()).decode().strip()


@pytest.mark.parametrize("rule", ["", "max-age=60", "private, max-age=60", "no-store"])
async def test_one_users_answer_is_never_given_to_another(rule: str) -> None:
    source = Source(rule)
    async with served(source.app()) as url, cached(ConnectionPerCallTransport()) as transport:
        for _ in range(2):
            for who in ("ada", "bob"):
                assert await get(transport, f"{url}/orders", who) == f"orders for {who}"
    assert source.asked == 4


async def test_the_least_recently_used_answers_make_room() -> None:
    source = Source("public, max-age=60")
    room = 2 * (1000 + OVERHEAD_BYTES + A_FEW_FIELDS)
    async with served(source.app()) as url, cached(ConnectionPerCallTransport(), room) as transport:
        for path in ("a", "b", "a", "c", "a"):
            await get(transport, f"{url}/{path}")
        assert source.asked == 3
        await get(transport, f"{url}/b")
        assert source.asked == 4


async def test_of_a_request_only_what_its_answer_depends_on_is_kept() -> None:
    source, storage = Source("public, max-age=60", vary="Accept-Language"), StoredResponses(10**6)
    sent = {"X-Long": "x" * 28_000, "Accept-Language": "de", "Cookie": "a=b"}
    async with served(source.app()) as url, ConnectionPerCallTransport() as lanes:
        transport = AsyncCacheTransport(lanes, storage=storage, rfc=True)
        for headers in (sent, sent | {"X-Long": "other"}, {"Accept-Language": "fr"}):
            request = httpx.Request("GET", f"{url}/a", headers=headers)
            await (await transport.handle_async_request(request)).aread()
    assert source.asked == 2
    kept = [dict(one.request.headers) for one in storage._stored.values()]
    assert kept == [{"accept-language": "de"}, {"accept-language": "fr"}]


async def test_everything_that_is_kept_counts_towards_the_budget() -> None:
    source, storage = Source("public, max-age=60", vary="Accept-Language"), StoredResponses(100_000)
    async with served(source.app()) as url, ConnectionPerCallTransport() as lanes:
        transport = AsyncCacheTransport(lanes, storage=storage, rfc=True)
        for number in range(50):
            language = {"Accept-Language": f"{number}".ljust(20_000, "x")}
            request = httpx.Request("GET", f"{url}/{number}", headers=language)
            await (await transport.handle_async_request(request)).aread()
    assert 2 <= len(storage._stored) <= 4
    assert storage._bytes == sum(one.size for one in storage._stored.values()) <= 100_000
    for entry_id in list(storage._stored):
        await storage.remove_entry(entry_id)
    assert storage._bytes == 0


async def test_an_answer_that_was_not_read_to_its_end_is_not_kept() -> None:
    source = Source("public, max-age=60")
    async with served(source.app()) as url, cached(ConnectionPerCallTransport()) as transport:
        response = await transport.handle_async_request(httpx.Request("GET", f"{url}/a"))
        await response.aclose()
        await get(transport, f"{url}/a")
        assert source.asked == 2


async def test_an_upstream_that_is_too_slow_or_away_is_reported_as_such(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = FastAPI()

    @app.get("/slow")
    async def slow(request: Request) -> None:
        while not await request.is_disconnected():
            pass

    monkeypatch.setattr(upstream_module, "timeout_ms", lambda: 200)
    async with served(app) as url, ConnectionPerCallTransport() as lanes:
        balancer = BalancingTransport(Pool(Addresses(url)), RetryBudget(), lanes)
        upstream = Upstream("order-api", "order_service_unavailable", balancer, balancer)
        with pytest.raises(ProblemError) as raised:
            await upstream.get("/slow")
        assert raised.value.code == "upstream_timeout"
    with pytest.raises(ProblemError) as raised:
        await upstream.get("/slow")
    assert raised.value.code == "order_service_unavailable"
    assert upstream.snapshot()["instances"][0]["failed"] == 3
