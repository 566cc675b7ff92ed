"""What the cache keeps, and what it must not; over real connections."""

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse
from gateway.problems.problem import ProblemError
from gateway.upstreams import upstream as upstream_module
from gateway.upstreams.addresses import Addresses
from gateway.upstreams.balancing import BalancingTransport
from gateway.upstreams.budget import RetryBudget
from gateway.upstreams.caching import cached
from gateway.upstreams.pool import Pool
from gateway.upstreams.stored_responses import OVERHEAD_BYTES
from gateway.upstreams.upstream import Upstream
from hishel.httpx import AsyncCacheTransport
from servicekit.calling import LaneTransport
from testkit.serving import served


class Source:
    """Answers with who asks; `rule` is its Cache-Control."""

    def __init__(self, rule: str) -> None:
        self.rule = rule
        self.asked = 0

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/{path}")
        async def say(request: Request, path: str) -> PlainTextResponse:
            self.asked += 1
            who = request.headers.get("authorization", "nobody")
            headers = {"Cache-Control": self.rule} if self.rule else {}
            return PlainTextResponse(f"{path} for {who}".ljust(1000), headers=headers)

        return app


async def get(transport: AsyncCacheTransport, url: str, who: str | None = None) -> str:
    headers = {"Authorization": who} if who else {}
    response = await transport.handle_async_request(httpx.Request("GET", url, headers=headers))
    return (await response.aread()).decode().strip()


@pytest.mark.parametrize("rule", ["", "max-age=60", "private, max-age=60", "no-store"])
async def test_one_users_answer_is_never_given_to_another(rule: str) -> None:
    source = Source(rule)
    async with served(source.app()) as url, cached(LaneTransport()) as transport:
        for _ in range(2):
            for who in ("ada", "bob"):
                assert await get(transport, f"{url}/orders", who) == f"orders for {who}"
    assert source.asked == 4


async def test_the_least_recently_used_answers_make_room() -> None:
    source = Source("public, max-age=60")
    room = 2 * (1000 + OVERHEAD_BYTES)
    async with served(source.app()) as url, cached(LaneTransport(), room) as transport:
        for path in ("a", "b", "a", "c", "a"):
            await get(transport, f"{url}/{path}")
        assert source.asked == 3
        await get(transport, f"{url}/b")
        assert source.asked == 4


async def test_an_answer_that_was_not_read_to_its_end_is_not_kept() -> None:
    source = Source("public, max-age=60")
    async with served(source.app()) as url, cached(LaneTransport()) as transport:
        response = await transport.handle_async_request(httpx.Request("GET", f"{url}/a"))
        await response.aclose()
        await get(transport, f"{url}/a")
        assert source.asked == 2


async def test_an_upstream_that_is_too_slow_or_away_is_told_as_such(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = FastAPI()

    @app.get("/slow")
    async def slow(request: Request) -> None:
        while not await request.is_disconnected():
            pass

    monkeypatch.setattr(upstream_module, "timeout_ms", lambda: 200)
    async with served(app) as url, LaneTransport() as lanes:
        balancer = BalancingTransport(Pool(Addresses(url)), RetryBudget(), lanes)
        upstream = Upstream("order-api", "order_service_unavailable", balancer, balancer)
        with pytest.raises(ProblemError) as told:
            await upstream.get("/slow")
        assert told.value.code == "upstream_timeout"
    with pytest.raises(ProblemError) as told:
        await upstream.get("/slow")
    assert told.value.code == "order_service_unavailable"
    assert upstream.snapshot()["instances"][0]["failed"] == 3
