"""What to tell about a test that failed: its orders, and the processes with their last words."""

from collections.abc import Sequence

from orderstream.platform import System, connect, last_lines

SHOWN = 5
LINES = 20
OPEN_FIRST = """
    SELECT * FROM orders WHERE order_id = ANY($1) ORDER BY final_at IS NOT NULL, order_id LIMIT $2
"""
HISTORY = "SELECT * FROM order_history WHERE order_id = $1 ORDER BY sequence"
NOTEWORTHY = ("status", "payment", "stock", "shipment", "stopping", "overdue")


async def tell(system: System, order_ids: Sequence[str], restarts: dict[str, int]) -> str:
    """The orders that have not ended first, then whatever was started again since `restarts`."""
    told = [f"The logs are in {system.folders.logs}"]
    try:
        told += await _orders(system, order_ids)
    except Exception as error:
        told.append(f"The order service's database cannot be read: {error!r}")
    for state in system.states().values():
        again = state.restarts - restarts.get(state.name, 0)
        if again or state.state != "RUNNING":
            told.append(f"{state.name} is {state.state}, was started again {again} times:")
            told += [f"  {line}" for line in last_lines(system.folders.log_of(state.name), LINES)]
    return "\n".join(told)


def restarts_of(system: System) -> dict[str, int]:
    """How often each process was started again so far."""
    return {state.name: state.restarts for state in system.states().values()}


async def _orders(system: System, order_ids: Sequence[str]) -> list[str]:
    connection = await connect(system.settings, "orders")
    try:
        rows = await connection.fetch(OPEN_FIRST, list(order_ids), SHOWN)
        told = [f"{len(order_ids)} orders were placed; the order service says of the first:"]
        for row in rows:
            facts = ", ".join(f"{name} {row[name]}" for name in NOTEWORTHY)
            told.append(f"  {row['order_id']}: {facts}")
            changes = await connection.fetch(HISTORY, row["order_id"])
            told += [
                f"    {one['changed_at']}  {one['status']} {one['reason'] or ''}" for one in changes
            ]
        return told
    finally:
        await connection.close()
