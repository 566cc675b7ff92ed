"""What to tell about a test that failed: its orders, their traces and log lines, and processes that died."""

from collections.abc import Sequence

from e2e.containers import Containers
from orderstream.logs.files import read
from orderstream.logs.wanted import Wanted
from orderstream.tracing import WIDTH_IN_A_PIPE, lines_of, read_traces
from stack import System, connect, last_lines
from stack.log_lines import readable

SHOWN = 5
LINES = 20
LOOKED_AT = 2000
ON_THE_WAY = (
    "gateway",
    "order-worker",
    "payment-worker",
    "inventory-worker",
    "shipping-worker",
    "notifier-worker",
)
OPEN_FIRST = """
    SELECT * FROM orders WHERE order_id = ANY($1) ORDER BY final_at IS NOT NULL, order_id LIMIT $2
"""
HISTORY = "SELECT * FROM order_history WHERE order_id = $1 ORDER BY sequence"
NOTEWORTHY = ("status", "payment", "stock", "shipment", "stopping", "overdue")


async def report(system: System, order_ids: Sequence[str], restarts: dict[str, int]) -> str:
    """The orders that have not ended first, then whatever was started again since `restarts`."""
    lines = [f"The logs are in {system.folders.logs}"]
    try:
        lines += await stories_of(system, order_ids)
    except Exception as error:
        lines.append(f"The order service's database cannot be read: {error!r}")
    for order_id in order_ids[:SHOWN]:
        lines += await told_of(system, order_id)
    for state in system.states().values():
        again = state.restarts - restarts.get(state.name, 0)
        if again or state.state != "RUNNING":
            lines.append(f"{state.name} is {state.state}, was started again {again} times:")
            lines += [f"  {line}" for line in last_lines(system.folders.log_of(state.name), LINES)]
    return "\n".join(lines)


async def story_of(system: System, order_ids: Sequence[str]) -> str:
    """Where orders stand, and what every container on their way has logged of them, or last of all."""
    lines, containers = [], Containers()
    try:
        lines += await stories_of(system, order_ids)
    except Exception as error:
        lines.append(f"The order service's database cannot be read: {error!r}")
    for name in ON_THE_WAY:
        words = await containers.last_words(name, LOOKED_AT)
        about = [line for line in words if any(order_id in line for order_id in order_ids)]
        lines.append(f"{name}:")
        lines += [f"  {line}" for line in (about or list(words))[-LINES:]]
    return "\n".join(lines)


async def told_of(system: System, order_id: str) -> list[str]:
    """What was logged of an order, and its trace."""
    logged = [f"All processes say of {order_id}:", *logged_of(system, order_id)]
    return [*logged, "Its trace:", *await traced_of(system, order_id)]


def logged_of(system: System, order_id: str) -> list[str]:
    """The last lines that any process has logged of an order."""
    wanted = Wanted((order_id.encode(),))
    found = read(system.folders.logs, [], wanted, LINES, follow=False)
    return [f"  {line}" for entry in found for line in readable(entry).splitlines()] or [
        "  nothing"
    ]


async def traced_of(system: System, order_id: str) -> list[str]:
    """An order's traces as `orderstream trace` prints them, or why there are none."""
    try:
        traces = await read_traces(system, order_id)
    except Exception as error:  # whatever is wrong with it, the rest is to be told
        return [f"  {error}"]
    return [f"  {line.plain}" for line in lines_of(order_id, traces, WIDTH_IN_A_PIPE)]


def restarts_of(system: System) -> dict[str, int]:
    """How often each process was started again so far."""
    return {state.name: state.restarts for state in system.states().values()}


async def stories_of(system: System, order_ids: Sequence[str]) -> list[str]:
    """Where the first of these orders stand, and their history."""
    connection = await connect(system.settings, "orders")
    try:
        rows = await connection.fetch(OPEN_FIRST, list(order_ids), SHOWN)
        lines = [f"{len(order_ids)} orders were placed; the order service says of the first:"]
        for row in rows:
            facts = ", ".join(f"{name} {row[name]}" for name in NOTEWORTHY)
            lines.append(f"  {row['order_id']}: {facts}")
            changes = await connection.fetch(HISTORY, row["order_id"])
            lines += [
                f"    {one['changed_at']}  {one['status']} {one['reason'] or ''}" for one in changes
            ]
        return lines
    finally:
        await connection.close()
