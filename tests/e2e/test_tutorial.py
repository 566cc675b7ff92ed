"""The page `docs/follow-an-order.md` shows what really happens."""

import re
from collections import Counter
from pathlib import Path

import pytest
from e2e.shop import Shop
from e2e.waiting import until
from orderstream.following.heard import read_said
from orderstream.following.story import tell

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]
PAGE = Path(__file__).parents[2] / "docs" / "follow-an-order.md"
TREE = re.compile(r"^\$ orderstream follow last\n.*\n((?: *[\d,]+ .*\n)+)", re.MULTILINE)
LINE = re.compile(r"^ *[\d,]+   ([├└│ ]*)(\w+) ([A-Z]\w+)", re.MULTILINE)
INDENT = 2

Shape = Counter[tuple[int, str, str]]
"""How often each service said each event, and how many causes deep."""


def shown() -> list[Shape]:
    """The stories on the page, in their order."""
    return [
        Counter(
            (len(branch) // INDENT, service, event) for branch, service, event in LINE.findall(t)
        )
        for t in TREE.findall(PAGE.read_text())
    ]


async def happened(shop: Shop, order_id: str) -> Shape:
    """The story of an order from the topics."""
    steps = tell(await read_said(shop.system.settings.kafka_bootstrap, order_id))
    said = [(step.depth, step.said.envelope) for step in steps if step.said.envelope]
    return Counter((depth, told.source, type(told.event).__name__) for depth, told in said)


async def assert_told(shop: Shop, order_id: str, page: Shape) -> None:
    """The customer's message comes last, so the story is complete a moment after the order's end."""

    async def is_told() -> bool:
        return await happened(shop, order_id) == page

    await until(f"the story is the page's {dict(page)}", is_told, seconds=20)


async def test_the_delivered_order_of_the_tutorial(shop: Shop) -> None:
    delivered, _ = shown()
    order_id = await shop.place()
    assert (await shop.end(order_id))["status"] == "completed"
    await assert_told(shop, order_id, delivered)
    await shop.audited()


async def test_the_stopped_order_of_the_tutorial(shop: Shop) -> None:
    _, stopped = shown()
    order_id = await shop.place(token="tok_slow")
    await shop.client.cancel(order_id, "cus_1")
    assert (await shop.end(order_id))["reason"] == "by_customer"
    await assert_told(shop, order_id, stopped)
    await shop.audited()
