"""The only broker is unavailable for a while: orders are accepted as before, and all of them end."""

import statistics
import time

import pytest
from e2e.faults import stopped
from e2e.shop import Shop
from testkit.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.alone]
AWAY_S = 30
SLOWER_AT_MOST, AT_MOST_MS = 5, 500
"""Generous, for the machine may be busy: an order that waited for the broker would take seconds."""


async def test_kafka_is_away_for_half_a_minute(shop: Shop, trial, fires) -> None:
    fault = f"Kafka is stopped for {AWAY_S} s"
    async with trial(shop, fault, per_second=8, at_least=120) as running, running.fault():
        before = list(running.load.answer_ms)
        async with stopped(shop.system, "kafka"):
            back_at = time.monotonic() + AWAY_S
            await until("the gateway notices", lambda: does_without_kafka(shop))
            await fires("OutboxOld", "gateway")
            await until("it is time", lambda: time.monotonic() > back_at)
            meanwhile = running.load.answer_ms[len(before) :]
        usual, now = statistics.median(before), statistics.median(meanwhile)
        running.found = (
            f"; answers in {usual:.0f} ms before (median), {now:.0f} ms meanwhile,"
            f" p95 {p95(before):.0f} and {p95(meanwhile):.0f} ms"
        )
    assert not running.load.unanswered, "an order was not accepted"
    assert len(meanwhile) > AWAY_S, "hardly an order was placed"
    assert now < max(SLOWER_AT_MOST * usual, AT_MOST_MS)


async def does_without_kafka(shop: Shop) -> bool:
    """Whether the gateway is ready, and says that Kafka is unavailable."""
    answer = await shop.http.get(shop.system.url("gateway") + "/readyz")
    assert answer.status_code == 200, answer.text
    return "kafka" in answer.json()["degraded"]


def p95(milliseconds: list[float]) -> float:
    return statistics.quantiles(milliseconds, n=20)[-1]
