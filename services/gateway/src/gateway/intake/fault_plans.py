"""FieldError plans attached to orders that are still to be placed; only where the setting is on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import asyncpg
from fault_injection import as_baggage

from gateway.database import TIMEOUT_S
from gateway.intake.store import NewOrder

KEPT_HOURS = 24
SHOWN = 1000

# Reads all keys: an index that only test beds need would cost every order something.
ATTACH = """
    INSERT INTO fault_plans (idempotency_key, plan)
    SELECT $1, $2 WHERE NOT EXISTS (SELECT FROM idempotency_keys WHERE key = $1)
    ON CONFLICT (idempotency_key) DO UPDATE SET plan = $2, attached_at = now()
    RETURNING attached_at
"""
ATTACHED = """
    SELECT idempotency_key, plan, attached_at, order_id
    FROM fault_plans LEFT JOIN idempotency_keys ON key = idempotency_key
    ORDER BY attached_at DESC LIMIT $1
"""
PLANS = """
    SELECT idempotency_key, plan FROM fault_plans
    WHERE idempotency_key = ANY($1) AND attached_at > now() - make_interval(hours => $2)
"""
PURGE = "DELETE FROM fault_plans WHERE attached_at < now() - make_interval(hours => $1)"


@dataclass(frozen=True, slots=True)
class Attached:
    """A plan under the idempotency key of its order; no `order_id` while that is not placed."""

    idempotency_key: str
    plan: str
    attached_at: datetime
    order_id: str | None


class FaultPlans:
    """Plans that wait for their orders, and travel with the orders' first events."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def attach(self, key: str, plan: str) -> bool:
        """Give a plan, or another one, to the order with this key; False if it has been placed."""
        return await self._pool.fetchval(ATTACH, key, plan, timeout=TIMEOUT_S) is not None

    async def attached(self) -> list[Attached]:
        """Return what is attached, the newest first."""
        rows = await self._pool.fetch(ATTACHED, SHOWN, timeout=TIMEOUT_S)
        return [Attached(*row) for row in rows]

    async def arm(self, orders: Sequence[NewOrder]) -> Sequence[NewOrder]:
        """Return the same orders; the first events of those with a plan carry it as baggage."""
        keys = [order.key for order in orders]
        rows = await self._pool.fetch(PLANS, keys, KEPT_HOURS, timeout=TIMEOUT_S)
        plans: dict[str, str] = {row["idempotency_key"]: row["plan"] for row in rows}
        return [_carrying(order, plans.get(order.key)) for order in orders] if plans else orders

    async def purge(self) -> None:
        """Forget plans whose orders have come long ago, or never will."""
        await self._pool.execute(PURGE, KEPT_HOURS)


def _carrying(order: NewOrder, plan: str | None) -> NewOrder:
    if plan is None:
        return order
    headers = [*order.record.headers, ("baggage", as_baggage(plan).encode())]
    return replace(order, record=replace(order.record, headers=headers))
