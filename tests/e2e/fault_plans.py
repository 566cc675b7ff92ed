"""Orders that fail by plan: placed with the plan attached, redriven, and looked at by everybody."""

from uuid import uuid4

from e2e.shop import Shop
from stack import DATABASES, connect
from testkit.waiting import until

OPEN_LETTERS = "SELECT id FROM dead_letters WHERE key = ANY($1) AND settled_at IS NULL"
REDRIVE = """
    INSERT INTO dead_letter_actions (dead_letter_id, action, reason, operator)
    SELECT id, 'redrive', 'as planned', 'a test' FROM dead_letters
    WHERE key = ANY($1) AND settled_at IS NULL
    AND NOT EXISTS (SELECT FROM dead_letter_actions WHERE dead_letter_id = dead_letters.id)
"""
POISONED = "poison_at_"


async def place_planned(shop: Shop, plan: str, customer: str = "cus_1", **wanted: str) -> str:
    """Place an order with a fault plan, and give its id."""
    key = uuid4().hex
    await shop.client.fault_plans.attach(key, plan)
    placed = await shop.client.place(customer, shop.body(**wanted), key)
    shop.placed.append(placed.order_id)
    return placed.order_id


async def redrive(shop: Shop, plan: str, order_ids: list[str]) -> None:
    """Once every order of a poisonous plan has a dead letter, have these handled after all."""
    service = plan.removeprefix(POISONED)
    connection = await connect(shop.system.settings, DATABASES[service])
    try:

        async def are_set_aside() -> bool:
            rows = await connection.fetch(
                "SELECT DISTINCT key FROM dead_letters WHERE key = ANY($1)", order_ids
            )
            return len(rows) == len(order_ids)

        await until(f"{service} has set the poisoned events aside", are_set_aside)

        async def are_settled() -> bool:
            await connection.execute(REDRIVE, order_ids)
            return not await connection.fetch(OPEN_LETTERS, order_ids)

        await until(f"{service} has handled its dead letters", are_settled)
    finally:
        await connection.close()
