"""The page `docs/follow-an-order.md` shows what really happens."""

import re
from collections import Counter
from pathlib import Path

import pytest
from e2e.outside import misbehaving
from e2e.shop import Shop
from orderstream.following.records import read_records, tell
from testkit.waiting import until

pytestmark = pytest.mark.system
PAGE = Path(__file__).parents[2] / "docs" / "follow-an-order.md"
TREE = re.compile(r"^\$ orderstream follow last\n.*\n((?: *[\d,]+ .*\n)+)", re.MULTILINE)
LINE = re.compile(r"^ *[\d,]+   ([├└│ ]*)(\w+) ([A-Z]\w+)", re.MULTILINE)
INDENT = 2
FOLLOWERS = {"order", "notifier"}
ASKING = "SELECT count(*) FROM commands WHERE order_id = $1"
NOTED = "SELECT cancellation_noted FROM payments WHERE order_id = $1"
THINKS_MS = 8000
"""As long as it can before it is asked again: on a busy machine a cancellation takes its time."""

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
    steps = tell(await read_records(shop.system.settings.kafka_bootstrap, order_id))
    steps_with_events = [
        (step.depth, step.record.envelope) for step in steps if step.record.envelope
    ]
    return Counter(
        (depth, envelope.source, type(envelope.event).__name__)
        for depth, envelope in steps_with_events
    )


def facts(story: Shape) -> Shape:
    """What the deciding services said, and how many causes deep."""
    return Counter({step: n for step, n in story.items() if step[1] not in FOLLOWERS})


def views(story: Shape) -> Counter[tuple[str, str]]:
    """What the others made of it, wherever in the story it hangs."""
    seen: Counter[tuple[str, str]] = Counter()
    for (_, service, event), n in story.items():
        if service in FOLLOWERS:
            seen[service, event] += n
    return seen


async def assert_shown(shop: Shop, order_id: str, page: Shape) -> None:
    """The story of the order becomes that of the page.

    The order service consumes the topics in any order: a status may be skipped, or follow from another
    fact. The customer's message comes last, so the story is complete a moment after the order's end.
    """
    shapes: list[Shape] = []

    async def is_shown() -> bool:
        story = await happened(shop, order_id)
        shapes[:] = [story]
        complete = views(story)["notifier", "CustomerNotified"] == 1
        return facts(story) == facts(page) and complete and views(story) <= views(page)

    try:
        await until("the story is the page's", is_shown)
    except AssertionError:
        assert shapes == [page]
        raise


async def test_the_delivered_order_of_the_tutorial(shop: Shop) -> None:
    delivered, _ = shown()
    order_id = await shop.place()
    assert (await shop.end(order_id))["status"] == "completed"
    await assert_shown(shop, order_id, delivered)


@pytest.mark.alone
async def test_the_stopped_order_of_the_tutorial(shop: Shop) -> None:
    _, stopped = shown()
    async with misbehaving(shop, "psp", latency_ms_min=THINKS_MS, latency_ms_max=THINKS_MS):
        order_id = await shop.place()
        await until("the provider is asked", lambda: shop.books.ask("payments", ASKING, order_id))
        await shop.client.cancel(order_id, "cus_1")
        await until("payment learns of it", lambda: shop.books.ask("payments", NOTED, order_id))
    assert (await shop.end(order_id))["reason"] == "by_customer"
    await assert_shown(shop, order_id, stopped)
