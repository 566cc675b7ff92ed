import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from gateway.state.load_shedding import BEHIND, FULL, TOLERATED, Backlog, OrderLoad
from servicekit import migrations, open_pool
from testkit.ports import free_port
from testkit.waiting import TIMEOUT_S, until

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
Order = Callable[..., dict[str, Any]]
OLD = """
    INSERT INTO outbox (topic, key, value, headers, created_at)
    SELECT 't', '', '', '[]', now() - make_interval(secs => $2) FROM generate_series(1, $1)
"""


@pytest.fixture
async def pool(postgres: Callable[[], str]) -> AsyncIterator[asyncpg.Pool]:
    url = postgres()
    await asyncio.to_thread(migrations.upgrade, "gateway", url)
    pool = await open_pool(url)
    yield pool
    await pool.close()


@pytest.mark.parametrize(
    ("rows", "age_s", "too_much"),
    [(0, 0, False), (20, 1, False), (21, 1, True), (TOLERATED, 61, False), (11, 61, True)],
)
async def test_an_outbox_may_be_neither_too_long_nor_too_old(
    pool: asyncpg.Pool, rows: int, age_s: float, too_much: Any
) -> None:
    backlog = Backlog(pool, max_rows=20, max_age_s=60)
    await pool.execute(OLD, rows, age_s)
    await backlog.refresh()
    assert backlog.rows == rows
    assert backlog.oldest_s >= (age_s if rows else 0)
    assert backlog.is_too_much == too_much
    assert OrderLoad([], backlog, 1).refusal() == (BEHIND if too_much else None)


async def test_as_many_orders_as_may_wait_are_let_in(pool: asyncpg.Pool) -> None:
    in_flight: list[str] = []
    load = OrderLoad(in_flight, Backlog(pool, max_rows=20, max_age_s=60), 2)
    assert load.refusal() is None
    in_flight += ["one", "two"]
    assert load.refusal() is FULL


async def test_while_nothing_can_be_passed_on_orders_are_refused_and_reads_go_on(
    shop: Any, body: Order, tmp_path: Path
) -> None:
    """Rows that cannot be published stand for an unavailable broker: the gateway sees no difference."""
    customer = shop.customer()
    placed = (await shop.place(customer)).json()["id"]
    gateway = shop.beside(tmp_path, HTTP_PORT=str(free_port()), INSTANCE="2", MAX_OUTBOX_ROWS="5")
    connection = await asyncpg.connect(shop.environment["DATABASE_URL"])
    async with httpx.AsyncClient(base_url=gateway.url, timeout=TIMEOUT_S) as http:

        async def place() -> httpx.Response:
            key = {"Idempotency-Key": uuid.uuid4().hex}
            return await http.post("/v1/orders", json=body(), headers=shop.token(customer) | key)

        async def answers(status: int) -> httpx.Response | None:
            answer = await place()
            return answer if answer.status_code == status else None

        try:
            await gateway.answering("/readyz")
            await until("orders are accepted", lambda: answers(202))
            await connection.execute(OLD, 6, -60)  # from the future: no sweep takes them
            refused = await until("orders are refused", lambda: answers(503))
            assert refused.json()["code"] == "overloaded"
            assert refused.json()["request_id"] == refused.headers["x-request-id"]
            assert refused.headers["retry-after"] == "5"
            read = await http.get(f"/v1/orders/{placed}", headers=shop.token(customer))
            assert read.status_code == 200
            assert (await http.get("/v1/products")).status_code == 200
            assert (await http.get("/readyz")).status_code == 200
            metrics = (await http.get("/metrics")).text
            assert 'orderstream_gateway_refusals_total{code="overloaded"}' in metrics
            assert "orderstream_gateway_outbox_rows 6.0" in metrics
            await connection.execute("DELETE FROM outbox WHERE created_at > now()")
            await until("orders are accepted", lambda: answers(202))
        finally:
            await connection.close()
            await gateway.stop()
    assert gateway.log.count('"event": "load_shedding"') == 1
