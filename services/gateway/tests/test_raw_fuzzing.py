"""Bytes that no client library sends: all are answered by the rules, and none is an error of ours."""

import asyncio
import signal
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import pytest
from gateway_stage import raw_requests as raw
from testkit.ports import free_port
from testkit.raw_http import exchange, split

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
TRIED, AT_ONCE, SEED = 1500, 40, 18
QUIET_S = 1.0
"""A client that gets no answer for this long has not sent a whole request, and leaves."""
AWAY = "gateway.upstreams.health_checks"
"""Says that there is no notifier, which no client asks here."""
OURS = {500, 502, 503, 504}


@pytest.fixture(scope="module")
async def gateway(shop: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Any]:
    """A gateway that answers however often it is asked."""
    port = {"HTTP_PORT": str(free_port()), "RATE_LIMIT_SCALE": "0"}
    gateway = shop.beside(tmp_path_factory.mktemp("raw"), **port)
    try:
        await gateway.answering("/readyz")
        yield gateway
    finally:
        await gateway.stop(signal.SIGKILL)


async def test_bytes_of_any_kind_are_answered_by_the_rules(gateway: Any) -> None:
    room, begun = asyncio.Semaphore(AT_ONCE), len(gateway.log)

    async def fails(seed: int) -> str:
        pieces = raw.bad(Random(seed))
        async with room:
            answer = await exchange(gateway.url, *pieces, timeout_s=QUIET_S)
        try:
            statuses = [one.status for one in split(answer)]
        except ValueError as error:
            return f"{pieces}: {error}"
        return f"{pieces}: {statuses}" if OURS.intersection(statuses) else ""

    found = await asyncio.gather(*(fails(SEED * TRIED + number) for number in range(TRIED)))
    assert [one for one in found if one] == []
    output = gateway.log[begun:]
    assert "Traceback" not in output
    assert [line for line in output.splitlines() if '"info"' not in line and AWAY not in line] == []
    await gateway.answering("/healthz")


async def test_good_requests_in_one_line_are_all_answered(gateway: Any) -> None:
    for number in range(50):
        pieces, methods = raw.good(Random(number))
        answers = split(await exchange(gateway.url, *pieces), methods)
        assert [one.status for one in answers] == [200] * len(methods)
