"""The audit runs beside the orders and tells what it finds as metrics."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from audit import RULES
from e2e.faults import stopped
from e2e.shop import Shop
from prometheus_client.parser import text_string_to_metric_families
from testkit.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.alone]
VIOLATIONS = "orderstream_audit_violations"
Samples = dict[tuple[str, ...], float]


@pytest.fixture(scope="module")
async def metrics(open_doors: Shop) -> AsyncIterator[Callable[[], Awaitable[Samples]]]:
    """Reads what an audit that runs all the while says, by name and labels; {} before it has."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "orderstream", "audit", "--every", "1", "--port", str(port)]
    state = {"ORDERSTREAM_STATE_DIR": str(open_doors.system.settings.state_dir)}
    auditing = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, **state}, stdout=PIPE
    )

    async def read() -> Samples:
        try:
            answer = await open_doors.http.get(f"http://127.0.0.1:{port}/metrics")
        except httpx.TransportError:
            return {}
        return {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }

    yield read
    auditing.send_signal(signal.SIGINT)
    out, _ = await asyncio.wait_for(auditing.communicate(), 30)
    assert auditing.returncode == 130, out
    assert b"rules hold" in out


async def test_orders_that_flow_are_distinguished_from_broken_ones(
    shop: Shop, metrics: Callable[[], Awaitable[Samples]]
) -> None:
    async def sees_it_fly() -> Samples | None:
        found = await metrics()
        return found if found.get(("orderstream_orders_in_flight",)) else None

    async with stopped(shop.system, "shipping-worker", "shipping-worker-2"):
        order_id = await shop.place()
        found = await until("the audit sees an order in flight", sees_it_fly)
    breaches = {name[1]: n for name, n in found.items() if name[0] == VIOLATIONS}
    # What clients were told is written down nowhere in the system.
    assert breaches == {rule.name: 0 for rule in RULES if rule.name != "clients"}
    await shop.end(order_id)

    async def sees_it_end() -> bool:
        now = await metrics()
        return not now[("orderstream_orders_in_flight",)]

    await until("the audit sees none in flight", sees_it_end)
    completed = (await metrics())[("orderstream_orders", "completed")]
    assert completed >= 1


async def test_a_breach_shows_in_the_metrics_until_it_is_mended(
    shop: Shop, metrics: Callable[[], Awaitable[Samples]]
) -> None:
    sku = shop.product()

    async def stock_is(wrong: int) -> None:
        query = "UPDATE products SET on_hand = on_hand + $2 WHERE sku = $1 RETURNING 1"
        await shop.books.ask("inventory", query, sku, wrong)

    async def violations(wanted: int) -> bool:
        return (await metrics()).get((VIOLATIONS, "stock")) == wanted

    await until("nothing is wrong", lambda: violations(0))
    await stock_is(1)
    await until("the breach is seen", lambda: violations(1))
    await stock_is(-1)
    await until("the breach is gone", lambda: violations(0))
