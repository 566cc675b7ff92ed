"""The dashboard says what the order service's own books say, and only to operators."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from e2e.faults import kill
from e2e.shop import Shop
from orderstream.cli import app
from orderstream.dashboard import Feed, follow
from stack import scale
from testkit.waiting import until
from typer.testing import CliRunner
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

pytestmark = pytest.mark.system
REACHED = """
    SELECT coalesce(json_object_agg(status, reached), '{}') FROM (
        SELECT status, count(*) AS reached FROM order_history
        WHERE changed_at >= $1 AND changed_at < $2 GROUP BY status
    ) AS counted
"""
EARNED = """
    SELECT coalesce(sum((total->>'amount')::bigint), 0) FROM orders
    WHERE status = 'completed' AND final_at >= $1 AND final_at < $2
"""


@asynccontextmanager
async def dashboard(shop: Shop) -> AsyncIterator[Feed]:
    """Everything that the dashboard says while the block lasts."""
    feed = Feed()

    async def consume() -> None:
        async for message in follow(shop.http, shop.system.url("gateway"), shop.tokens):
            feed.hear(message)

    hearing = asyncio.create_task(consume())
    await until("there is a snapshot", lambda: feed.newest or hearing.done())
    try:
        yield feed
    finally:
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)


async def booked(shop: Shop, first: datetime, end: datetime) -> tuple[Counter[str], int]:
    """How many orders reached which status between two moments, and what was earned."""
    reached = json.loads(await shop.books.ask("orders", REACHED, first, end))
    return Counter(reached), await shop.books.ask("orders", EARNED, first, end)


def shown(windows: list[dict[str, Any]]) -> tuple[Counter[str], int]:
    """The same, as the dashboard tells it."""
    statuses: Counter[str] = Counter()
    for window in windows:
        statuses.update(window["orders_by_status"])
    return statuses, sum(window["revenue"]["amount"] for window in windows)


async def agree(shop: Shop, feed: Feed, since: datetime) -> None:
    """Wait until all windows since then are closed and say what the books say."""

    async def is_so() -> bool:
        windows = [one for one in feed.windows if datetime.fromisoformat(one["start"]) >= since]
        if not windows or not all(one["closed"] for one in windows):
            return False
        last = datetime.fromisoformat(windows[-1]["start"])
        end = last + timedelta(seconds=windows[-1]["seconds"])
        return shown(windows) == await booked(shop, since, end)

    await until("the dashboard says what the books say", is_so)


@pytest.mark.alone
async def test_the_numbers_are_those_of_the_books_though_instances_come_go_and_die(
    shop: Shop,
) -> None:
    async with dashboard(shop) as feed:
        await shop.all_ended(await shop.place_many(20))
        await until("something is counted", lambda: feed.windows)
        since = datetime.fromisoformat(feed.windows[-1]["start"])
        placing = asyncio.create_task(shop.place_many(40))
        await kill(shop.system, "analytics-worker")
        await placing
        await agree(shop, feed, since)
        placing = asyncio.create_task(shop.place_many(20))
        await scale(shop.system.settings.state_dir, "analytics", 1)
        await shop.all_ended(await placing)
        await scale(shop.system.settings.state_dir, "analytics", 2)
        await agree(shop, feed, since)
        minute = feed.newest["last_minute"]
        assert minute["products"]
        assert minute["latency_ms"]["p50"] > 0
        shown = {"gateway", "analytics-worker", "analytics-worker-2", "psp"}
        await until(
            "every process is shown",
            lambda: shown <= {one["name"] for one in feed.newest["services"]},
        )
    await shop.all_ended(shop.placed)


async def test_only_operators_may_look(shop: Shop) -> None:
    gateway = shop.system.url("gateway")
    customer = await shop.tokens.headers("cus_1")
    address = gateway.replace("http", "ws", 1) + "/dashboard/realtime"
    for headers, status, code in (({}, 401, 4401), (customer, 403, 4403)):
        refused = await shop.http.get(f"{gateway}/dashboard/events", headers=headers)
        assert refused.status_code == status
        async with connect(address, additional_headers=headers) as socket:
            with pytest.raises(ConnectionClosed):
                await socket.recv()
            assert socket.close_code == code
    operator = await shop.tokens.headers(None)
    async with connect(address, additional_headers=operator) as socket:
        assert json.loads(await socket.recv())["type"] == "snapshot"
        assert json.loads(await socket.recv())["type"] == "update"
    wanted = {"path": "/dashboard/realtime"}
    bought = await shop.http.post(f"{gateway}/v1/tickets", json=wanted, headers=operator)
    async with connect(f"{address}?ticket={bought.json()['ticket']}") as socket:
        assert json.loads(await socket.recv())["type"] == "snapshot"


@pytest.mark.alone
async def test_a_process_that_is_away_is_seen(shop: Shop) -> None:
    def notifier(feed: Feed) -> str | None:
        return {one["name"]: one["status"] for one in feed.newest["services"]}.get(
            "notifier-worker-2"
        )

    async with dashboard(shop) as feed:
        await until("it is ready", lambda: notifier(feed) == "ready")
        await scale(shop.system.settings.state_dir, "notifier", 1)
        await until("it is gone", lambda: notifier(feed) is None)
        await scale(shop.system.settings.state_dir, "notifier", 2)
        await until("it is back", lambda: notifier(feed) == "ready")


async def test_the_command_shows_one_picture(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERSTREAM_STATE_DIR", str(shop.system.settings.state_dir))
    shown = await asyncio.to_thread(CliRunner().invoke, app, ["dashboard", "--once"])
    assert shown.exit_code == 0, shown.output
    assert "The last minute" in shown.output
    assert "analytics-worker" in shown.output
