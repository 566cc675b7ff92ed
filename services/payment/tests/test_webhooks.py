"""Webhooks from the HTTP request to the answered command, on a real database."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest
from events import Money
from messaging import Buffer, Delivery, MessageContext
from messaging.commands.store import write_commands
from messaging.inbound.deduplication import admit
from messaging.model.unit_of_work import RequestedCommand
from payment import api
from payment.api import MAX_BYTES, create_api
from payment.commands import (
    Approved,
    AuthorizePayment,
    Captured,
    CapturePayment,
    Declined,
    Voided,
    VoidPayment,
)
from payment.settings import PaymentApiSettings
from payment.webhook_inbox import process_webhooks
from servicekit import migrations, open_pool
from testkit.waiting import TIMEOUT_S, until

pytestmark = pytest.mark.postgres
KEY = b"k" * 24
ORDER = f"ord_{1:032x}"
AUTHORIZE = AuthorizePayment(
    order_id=ORDER, amount=Money(amount=500, currency="GBP"), token="tok_visa"
)
CAPTURE = CapturePayment(order_id=ORDER, payment_id="pi_1")
VOID = VoidPayment(order_id=ORDER, payment_id="pi_1")
AUTHORIZED, FAILED = "amount_capturable_updated", "payment_failed"
KEPT = "SELECT webhook_id, command_key, handled_at IS NOT NULL FROM provider_notices ORDER BY 1"
CAUSE = MessageContext("corr", traceparent="00-trace", baggage="who=ada")


@pytest.fixture(scope="module")
def url(postgres) -> str:
    url = postgres()
    migrations.upgrade("payment", url)
    return url


@pytest.fixture
async def pool(url: str) -> AsyncIterator[asyncpg.Pool]:
    pool = await open_pool(url)
    await pool.execute("TRUNCATE provider_notices, commands")
    yield pool
    await pool.close()


@pytest.fixture
async def http(url: str, pool: asyncpg.Pool) -> AsyncIterator[httpx.AsyncClient]:
    secret = "whsec_" + base64.b64encode(KEY).decode()
    settings = PaymentApiSettings(database_url=url, http_port=1, webhook_secret=secret)
    app = create_api(settings)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://payment") as client,
    ):
        yield client


def event(what: str, key: str | None, **changed: Any) -> dict[str, Any]:
    intent = {"id": "pi_1", "metadata": {"order_id": ORDER}, "last_payment_error": None}
    return {
        "type": f"payment_intent.{what}",
        "data": {"object": intent | changed},
        "request": {"id": None, "idempotency_key": key},
    }


async def post(
    http: httpx.AsyncClient,
    body: object,
    webhook_id: str = "evt_1",
    age_s: int = 0,
    key: bytes = KEY,
) -> int:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    at = int(time.time()) - age_s
    digest = hmac.digest(key, f"{webhook_id}.{at}.".encode() + raw, hashlib.sha256)
    headers: Mapping[str, str] = {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
    return (await http.post("/webhooks/payments", content=raw, headers=headers)).status_code


async def kept(pool: asyncpg.Pool) -> list[tuple[str, str, bool]]:
    return [tuple(row) for row in await pool.fetch(KEPT)]


async def test_what_the_provider_signed_is_kept_once(http, pool):
    body = event(AUTHORIZED, AUTHORIZE.key)
    assert [await post(http, body), await post(http, body)] == [200, 200]
    assert await kept(pool) == [("evt_1", AUTHORIZE.key, False)]


@pytest.mark.parametrize("forged", [{"key": b"guessed"}, {"age_s": 301}, {"age_s": -600}])
async def test_what_is_not_verified_is_refused(http, pool, forged):
    assert await post(http, event(AUTHORIZED, AUTHORIZE.key), **forged) == 401
    assert await kept(pool) == []


async def test_what_is_not_signed_is_refused(http):
    assert (await http.post("/webhooks/payments", json={})).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        {"type": 1},
        {"type": "payment_intent.succeeded"},
        event(FAILED, AUTHORIZE.key),
        event("succeeded", CAPTURE.key, id=None),
        {**event("succeeded", CAPTURE.key), "request": None},
    ],
)
async def test_what_cannot_be_read_is_refused(http, pool, body):
    assert await post(http, body) == 400
    assert await kept(pool) == []


async def test_what_is_too_large_is_refused(http):
    assert await post(http, b" " * (MAX_BYTES + 1)) == 413


@pytest.mark.parametrize(
    "body",
    [
        {"type": "charge.dispute.created", "data": {"object": {}}},
        event(AUTHORIZED, None),
        event(AUTHORIZED, VOID.key),
        event("succeeded", VOID.key),
        event("canceled", VOID.key, metadata={}),
        event("canceled", VOID.key, metadata={"order_id": f"ord_{2:032x}"}),
    ],
)
async def test_what_answers_nothing_that_was_asked_is_ignored(http, pool, body):
    assert await post(http, body) == 200
    assert await kept(pool) == []


@asynccontextmanager
async def noticed(pool: asyncpg.Pool) -> AsyncIterator[Buffer]:
    buffer = Buffer(linger_s=0)
    chore = asyncio.create_task(process_webhooks(pool, buffer))
    try:
        yield buffer
    finally:
        chore.cancel()
        await asyncio.gather(chore, return_exceptions=True)


async def ask(pool: asyncpg.Pool, *commands: Any) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await write_commands(connection, [RequestedCommand(command, CAUSE) for command in commands])


async def settled(pool: asyncpg.Pool, batch: list[Delivery]) -> list[Delivery]:
    async with pool.acquire() as connection, connection.transaction():
        fresh = await admit(connection, batch)
    for delivery in batch:
        delivery.acknowledge()
    return fresh


async def until_handled(pool: asyncpg.Pool) -> None:
    async def all_handled() -> bool:
        return all(handled for *_, handled in await kept(pool))

    await until("all notices are handled", all_handled)


@pytest.mark.parametrize(
    ("command", "body", "answer"),
    [
        (
            AUTHORIZE,
            event(AUTHORIZED, AUTHORIZE.key),
            Approved(order_id=ORDER, payment_id="pi_1"),
        ),
        (
            AUTHORIZE,
            event(FAILED, AUTHORIZE.key, last_payment_error={"decline_code": "expired_card"}),
            Declined(order_id=ORDER, decline_code="expired_card"),
        ),
        (CAPTURE, event("succeeded", CAPTURE.key), Captured(order_id=ORDER)),
        (VOID, event("canceled", VOID.key), Voided(order_id=ORDER)),
    ],
)
async def test_it_answers_the_open_command_as_the_call_would_have(
    http, pool, command, body, answer
):
    await ask(pool, command)
    await post(http, body)
    async with noticed(pool) as buffer:
        (delivery,) = await buffer.take()
        assert (delivery.fact, delivery.command_key) == (answer, command.key)
        assert delivery.cause == CAUSE
        assert await settled(pool, [delivery]) == [delivery]
        await until_handled(pool)


async def test_whichever_answer_comes_second_has_no_effect(http, pool):
    await ask(pool, AUTHORIZE)
    for webhook_id in ("evt_1", "evt_2"):
        await post(http, event(AUTHORIZED, AUTHORIZE.key), webhook_id)
    async with noticed(pool) as buffer:
        webhooks: list[Delivery] = []
        async with asyncio.timeout(TIMEOUT_S):
            while len(webhooks) < 2:
                webhooks += await buffer.take()
        by_call = Delivery(fact=webhooks[0].fact, cause=CAUSE, command_key=AUTHORIZE.key)
        assert await settled(pool, [webhooks[0], by_call, webhooks[1]]) == [webhooks[0]]
        await until_handled(pool)
        assert not len(buffer)


async def test_a_late_one_finds_no_open_command_and_is_not_even_handed_on(http, pool):
    await post(http, event("succeeded", CAPTURE.key))
    async with noticed(pool) as buffer:
        await until_handled(pool)
        assert not len(buffer)


async def test_they_are_handed_on_in_the_order_in_which_they_came(http, pool):
    others = [AUTHORIZE.model_copy(update={"order_id": f"ord_{n:032x}"}) for n in (9, 3, 7)]
    await ask(pool, *others)
    for number, command in enumerate(others):
        body = event(AUTHORIZED, command.key, metadata={"order_id": command.order_id})
        await post(http, body, f"evt_{9 - number}")
    async with noticed(pool) as buffer:
        found: list[Delivery] = []
        async with asyncio.timeout(TIMEOUT_S):
            while len(found) < len(others):
                found += await buffer.take()
    assert [one.command_key for one in found] == [command.key for command in others]


async def test_forged_webhooks_do_not_fill_the_log(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    monkeypatch.setattr(api.log, "info", lambda event, **_: lines.append(event))
    monkeypatch.setattr(api, "_THROTTLE", api.LogThrottle())
    for _ in range(20):
        assert (await http.post("/webhooks/payments", content=b"{}")).status_code == 401
    assert lines == ["webhook_signature_invalid"]
