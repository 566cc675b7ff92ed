"""Somebody changes a service's books behind its back: the audit finds it, and says so as a metric."""

from collections.abc import Iterable

import pytest
from audit import read_and_judge
from e2e.shop import Shop
from orderstream.auditing import AuditMetrics, target_of
from orderstream.metrics.judging import Sample

pytestmark = [pytest.mark.system, pytest.mark.alone]
CHANGE = "UPDATE products SET on_hand = on_hand + $2 WHERE sku = $1 RETURNING 1"


async def test_stock_is_changed_by_hand(shop: Shop, fires) -> None:
    sku, metrics = shop.product(), AuditMetrics()

    async def audited() -> Iterable[Sample]:
        """What `orderstream audit --every` tells."""
        report = await read_and_judge(target_of(shop.system))
        metrics.audited(report, seconds=0)
        told = [sample for family in metrics.registry.collect() for sample in family.samples]
        return [Sample(one.name, one.labels, one.value) for one in told]

    await shop.books.ask("inventory", CHANGE, sku, 1)
    try:
        await fires("AuditViolation", audited)
    finally:
        await shop.books.ask("inventory", CHANGE, sku, -1)
