"""Webhooks are sent again until they are accepted, for a day at most."""

from datetime import UTC, datetime

import asyncpg
import httpx
import pytest
from notifier.webhooks.message import Told
from notifier.webhooks.schedule import DELAYS_S, TRIES, delay_s
from privacy import Sealer
from testkit.waiting import until
from webhook_stage import DUE_NOW, Hook, change, delivered_by, state, subscribe, tried, write

pytestmark = pytest.mark.postgres


async def test_what_is_not_taken_is_sent_again_with_the_same_id(
    pool: asyncpg.Pool, sealer: Sealer, hook: Hook
) -> None:
    hook.answers(503, 302)
    async with delivered_by(pool, sealer):
        await write(pool, Told(change(hook.customer), 4))
        for tries, status in ((1, 503), (2, 302)):
            await until("the webhooks have come", lambda n=tries: len(hook.received) == n)
            (logged,) = await until(
                "it is logged", lambda n=tries: [one for one in hook.log if one["attempts"] == n]
            )
            assert (logged["response_status"], logged["status"]) == (status, "pending")
            assert logged["next_try_at"] > datetime.now(UTC).isoformat()
            await pool.execute(DUE_NOW)
        await until("every webhook is as it should be", lambda: state(pool, "delivered"))
    assert len({one["webhook_id"] for one in hook.received}) == 1
    assert hook.log[0]["attempts"] == 3


@pytest.mark.parametrize(
    ("status", "retry_after", "least_s"),
    [(429, "3600", 3500), (503, "3600", 3500), (429, "x", 0), (500, "3600", 0), (404, "3600", 0)],
)
async def test_a_receiver_that_says_when_to_come_back_is_left_alone_until_then(
    pool: asyncpg.Pool,
    sealer: Sealer,
    hook: Hook,
    *,
    status: int,
    retry_after: str,
    least_s: int,
) -> None:
    with hook.answering(answer_status=status, answer_retry_after=retry_after):
        async with delivered_by(pool, sealer):
            await write(pool, Told(change(hook.customer), 4))
            row = await until("it has been tried", lambda: tried(pool, 1))
    assert (row["status"], row["response_status"]) == ("pending", status)
    wait = "SELECT extract(epoch FROM due_at - now()) FROM webhook_deliveries"
    assert least_s < await pool.fetchval(wait) < least_s + 110


@pytest.mark.parametrize("body", ["garbage", "empty", "truncated", "too_large", "wrong_type"])
async def test_what_a_receiver_says_besides_its_status_is_not_read(
    pool: asyncpg.Pool, sealer: Sealer, hook: Hook, body: str
) -> None:
    with hook.answering(answer_status=200, answer_body=body):
        async with delivered_by(pool, sealer):
            await write(pool, Told(change(hook.customer), 4))
            await until("every webhook is as it should be", lambda: state(pool, "delivered"))


async def test_a_receiver_that_is_away_is_tried_for_a_day_and_then_given_up(
    pool: asyncpg.Pool, sealer: Sealer, api: httpx.Client, customer: str
) -> None:
    subscribe(api, customer, "http://127.0.0.1:1/")
    async with delivered_by(pool, sealer):
        await write(pool, Told(change(customer), 4))
        for tries in range(1, TRIES + 1):
            row = await until("it has been tried", lambda n=tries: tried(pool, n))
            assert row["status"] == ("failed" if tries == TRIES else "pending")
            assert "ConnectError" in row["error"]
            await pool.execute(DUE_NOW)


@pytest.mark.parametrize("url", ["http://shop.invalid/", "https://shop.invalid/"])
async def test_what_cannot_be_sent_at_all_counts_as_a_try(
    pool: asyncpg.Pool,
    sealer: Sealer,
    api: httpx.Client,
    customer: str,
    *,
    url: str,
) -> None:
    subscribe(api, customer, url)
    async with delivered_by(pool, sealer):
        await write(pool, Told(change(customer), 4))
        row = await until("it has been tried", lambda: tried(pool, 1))
    assert row["error"]
    assert row["status"] == "pending"


async def test_a_secret_that_cannot_be_opened_counts_as_a_try(
    pool: asyncpg.Pool, sealer: Sealer, hook: Hook
) -> None:
    await pool.execute("UPDATE webhook_subscriptions SET secret = 'another-key:c2VhbGVk'")
    async with delivered_by(pool, sealer):
        await write(pool, Told(change(hook.customer), 4))
        row = await until("it has been tried", lambda: tried(pool, 1))
    assert row["error"] == "CannotUnsealError"
    assert hook.received == []


def test_delays_grow_and_last_for_a_day() -> None:
    assert list(DELAYS_S) == sorted(set(DELAYS_S))
    assert 23 <= sum(DELAYS_S) / 3600 <= 25
    waits = [delay_s(tries) for tries in range(1, TRIES + 1)]
    assert waits[-1] is None
    for wait, delay in zip(waits, DELAYS_S, strict=False):
        assert wait is not None
        assert 0.9 * delay <= wait <= 1.1 * delay


async def test_a_receiver_that_is_gone_ends_its_subscription(
    pool: asyncpg.Pool, sealer: Sealer, hook: Hook
) -> None:
    hook.answers(503, 410)
    async with delivered_by(pool, sealer):
        await write(pool, Told(change(hook.customer), 4))
        await until("it has been tried", lambda: hook.log[0]["attempts"] == 1)
        await write(pool, Told(change(hook.customer), 5))
        await until("every webhook is as it should be", lambda: state(pool, "dropped", "dropped"))
    assert hook.ask("GET")["status"] == "disabled"
    await write(pool, Told(change(hook.customer), 6))
    assert len(hook.log) == 2
