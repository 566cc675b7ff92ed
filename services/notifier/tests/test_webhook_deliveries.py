"""Changes of status become webhooks, which are sent until somebody takes them."""

import asyncio
import json

import asyncpg
import httpx
import pytest
from notifier.webhooks import delivering
from notifier.webhooks.due import PURGE
from notifier.webhooks.message import Told, write_deliveries
from notifier.webhooks.shares import Shares
from privacy import Sealer
from testkit.locks import waiting_for_locks
from testkit.samples import ORDER
from testkit.spans import recorded_spans
from testkit.waiting import until
from tracing import TraceContext
from tracing.conventions import faults
from tracing.otlp import encode
from webhook_stage import (
    DUE_NOW,
    Hook,
    change,
    delivered_by,
    state,
    subscribe,
    write,
)

pytestmark = pytest.mark.postgres


async def test_a_change_is_reported_once_to_each_of_its_customers_systems(
    pool: asyncpg.Pool, api: httpx.Client, customer: str
) -> None:
    for who, url in ((customer, "a"), (customer, "b"), (f"{customer}-other", "c")):
        subscribe(api, who, f"https://shop.example.com/{url}")
    webhook = Told(change(customer), 4)
    await write(pool, webhook, Told(change(f"{customer}-nobody"), 4))
    await write(pool, webhook)  # consumed again
    rows = await pool.fetch("SELECT DISTINCT id FROM webhook_deliveries WHERE sequence = 4")
    assert len(rows) == 2
    await write(pool, Told(change(customer), 5))
    assert await pool.fetchval("SELECT count(*) FROM webhook_deliveries") == 4


async def test_a_webhook_arrives_signed_and_says_what_changed(
    pool: asyncpg.Pool, sealer: Sealer, hook: Hook
) -> None:
    async with delivered_by(pool, sealer):
        await write(pool, Told(change(hook.customer), 4))
        await until("every webhook is as it should be", lambda: state(pool, "delivered"))
    (arrived,) = hook.received
    (logged,) = hook.log
    assert arrived == {
        "webhook_id": logged["id"],
        "verified": True,
        "answered": 204,
        "body": {
            "type": "order.status_changed",
            "timestamp": "2010-12-01T12:00:00Z",
            "data": {
                "order_id": ORDER,
                "sequence": 4,
                "status": "shipped",
                "previous": "reserved",
                "reason": None,
                "tracking_code": "T1",
            },
        },
    }
    assert (logged["attempts"], logged["response_status"], logged["error"]) == (1, 204, None)
    assert logged["finished_at"]
    assert logged["next_try_at"] is None


async def test_while_secrets_change_the_previous_one_is_believed(
    pool: asyncpg.Pool, sealer: Sealer, hook: Hook
) -> None:
    new = hook.ask("POST", "/rotate")["secret"]
    async with delivered_by(pool, sealer):
        await write(pool, Told(change(hook.customer), 4))
        await until("every webhook is as it should be", lambda: state(pool, "delivered"))
        hook.answers(secret=new)
        await write(pool, Told(change(hook.customer), 5))
        await until(
            "every webhook is as it should be", lambda: state(pool, "delivered", "delivered")
        )
        hook.answers()  # believes the old one alone again, a day later
        await pool.execute("UPDATE webhook_subscriptions SET previous_until = now()")
        await write(pool, Told(change(hook.customer), 6))
        await until("the webhooks have come", lambda: len(hook.received) == 3)
    assert [one["verified"] for one in hook.received] == [True, True, False]


async def test_what_a_dead_process_had_in_hand_is_sent_when_its_lease_is_over(
    pool: asyncpg.Pool, sealer: Sealer, hook: Hook
) -> None:
    await write(pool, Told(change(hook.customer), 4))
    assert len(await delivering.claim(pool, Shares())) == 1
    assert await delivering.claim(pool, Shares()) == []  # it is the other's
    await pool.execute(DUE_NOW)
    async with delivered_by(pool, sealer):
        await until("every webhook is as it should be", lambda: state(pool, "delivered"))
    assert len(hook.received) == 1


async def test_two_processes_send_each_webhook_once(
    pool: asyncpg.Pool, sealer: Sealer, hook: Hook
) -> None:
    await write(pool, *(Told(change(hook.customer), number) for number in range(1, 41)))
    async with delivered_by(pool, sealer), delivered_by(pool, sealer):
        await until("every webhook is as it should be", lambda: state(pool, *["delivered"] * 40))
    sequences = [one["body"]["data"]["sequence"] for one in hook.received]
    assert sorted(sequences) == list(range(1, 41))


async def test_what_is_removed_meanwhile_is_not_reported(
    pool: asyncpg.Pool, sealer: Sealer, hook: Hook
) -> None:
    """The row of the subscription is locked: neither side trips over the other."""
    async with pool.acquire() as connection, connection.transaction():
        await write_deliveries(connection, [Told(change(hook.customer), 4)])
        removing = asyncio.create_task(pool.execute("DELETE FROM webhook_subscriptions"))
        await until("the removal waits", lambda: waiting_for_locks(pool))
    await removing
    assert await pool.fetchval("SELECT count(*) FROM webhook_deliveries") == 0
    await write(pool, Told(change(hook.customer), 5))
    assert await pool.fetchval("SELECT count(*) FROM webhook_deliveries") == 0


async def test_the_log_forgets_what_ended_long_ago(pool: asyncpg.Pool, hook: Hook) -> None:
    await write(pool, *(Told(change(hook.customer), number) for number in (1, 2, 3)))
    ended = "UPDATE webhook_deliveries SET finished_at = now() - make_interval(days => $1) WHERE sequence = $2"
    await pool.execute(ended, 31, 1)
    await pool.execute(ended, 29, 2)
    await pool.execute(PURGE, 30, 100)
    assert [one["sequence"] for one in hook.log] == [3, 2]


async def test_the_log_is_read_page_by_page(pool: asyncpg.Pool, hook: Hook) -> None:
    await write(pool, *(Told(change(hook.customer), number) for number in range(1, 6)))
    seen: list[int] = []
    cursor: dict[str, str] = {}
    more = True
    while more:
        page = hook.ask("GET", "/deliveries", limit="2", **cursor)
        seen += [one["sequence"] for one in page["data"]]
        cursor, more = {"starting_after": str(page["next_cursor"])}, page["has_more"]
    assert seen == [5, 4, 3, 2, 1]


def test_a_body_holds_no_personal_data() -> None:
    document = json.loads(Told(change("cus_1"), 1).body)
    assert set(document["data"]) == {
        "order_id",
        "sequence",
        "status",
        "previous",
        "reason",
        "tracking_code",
    }


async def test_each_try_of_a_webhook_is_a_span_that_names_the_host_alone(
    pool: asyncpg.Pool, sealer: Sealer, hook: Hook
) -> None:
    hook.answers(503)
    trace = TraceContext.new()
    with recorded_spans() as spans:
        async with delivered_by(pool, sealer):
            await write(pool, Told(change(hook.customer), 4, trace.traceparent))
            await until("a try is logged", lambda: [o for o in hook.log if o["attempts"] == 1])
            await pool.execute(DUE_NOW)
            await until("every webhook is as it should be", lambda: state(pool, "delivered"))
        failed, sent = spans.named("webhook POST")
    assert {failed.parent_id, sent.parent_id} == {trace.span_id}
    assert (failed.attributes["error.type"], "error.type" in sent.attributes) == ("503", False)
    assert sent.attributes["http.request.resend_count"] == 1
    assert sent.attributes["messaging.message.conversation_id"] == ORDER
    assert [fault for span in spans for fault in faults(span)] == []
    assert hook.customer.encode() not in encode(spans, {})
