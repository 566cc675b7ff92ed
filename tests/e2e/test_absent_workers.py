"""While workers are dead or hang, the gateway and the audit say which; no order waits unnoticed."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from audit import audit
from e2e.faults import stopped
from e2e.shop import Shop
from orderstream.auditing import target_of
from stack import System
from testkit.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.alone]
DEAD, HUNG = "payment-worker", "shipping-worker"


async def test_who_does_not_run_or_does_not_get_on_is_named_until_it_does(shop: Shop) -> None:
    async def are_missed() -> bool:
        return {DEAD, HUNG} <= set(await missed(shop))

    with hung(shop.system, HUNG, f"{HUNG}-2"):
        async with stopped(shop.system, DEAD, f"{DEAD}-2"):
            order_ids = [await shop.place() for _ in range(3)]
            await until("both are missed", are_missed)
            found = await missed(shop)
            assert "follows its topics" in found[DEAD] or "does not answer" in found[DEAD]
            report = await audit(target_of(shop.system))
            assert set(order_ids) <= set(report.in_flight)
            assert {DEAD, HUNG} <= set(report.absent)
            assert not report.clean
            assert report.summary.startswith("no verdict: ")
            assert f"does not run: {', '.join(report.absent)}" in report.summary
    await shop.all_ended(order_ids)

    async def is_nobody_missed() -> bool:
        return await missed(shop) == {}

    await until("no worker is missed", is_nobody_missed)


async def missed(shop: Shop) -> dict[str, str]:
    """Whom the gateway misses, with what it sees of them; it stays ready."""
    answer = await shop.http.get(shop.system.url("gateway") + "/readyz")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    return {name: found["checks"][name] for name in found["degraded"]}


@contextmanager
def hung(system: System, *names: str) -> Iterator[None]:
    """Processes that stand still for as long as the block lasts."""
    states = system.states()
    pids = [states[name].pid or 0 for name in names]
    assert all(pids)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
