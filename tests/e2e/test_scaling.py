"""More and fewer instances of a service while orders are on their way: nothing is lost or done twice."""

import asyncio
import re
from pathlib import Path

import pytest
from e2e.shop import Shop
from orderstream.cli import app
from stack import Group, running, scale
from typer.testing import CliRunner

pytestmark = [pytest.mark.system, pytest.mark.alone]
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "scale-out.md"
SECONDS = re.compile(r" \(\d+\.\d s\)")
AS_BEFORE = 2


def held(group: Group) -> list[set[int]]:
    """The partitions of each instance."""
    return [{place.partition for place in member.holds} for member in group.members]


def plain(text: str) -> str:
    """Without the times, and with one space where there are many."""
    return re.sub(r" +", " ", SECONDS.sub("", text)).replace("\n ", "\n")


async def placed_meanwhile(shop: Shop, count: int, orders: int, service: str = "payment") -> Group:
    """Scale a service while orders are placed."""
    placing = asyncio.create_task(shop.place_many(orders))
    group = await scale(shop.system.settings.state_dir, service, count)
    assert len(set(await placing)) == orders
    return group


async def test_orders_end_while_instances_come_and_go(shop: Shop) -> None:
    alone = await placed_meanwhile(shop, 1, orders=40)
    three = await placed_meanwhile(shop, 3, orders=60)
    assert held(alone) == [{0, 1, 2}]
    assert [member.name for member in three.members] == ["payment-1", "payment-2", "payment-3"]
    assert sorted(held(three)) == [{0}, {1}, {2}]
    assert "payment-worker-3" in running(shop.system.settings.state_dir).states()
    assert held(await placed_meanwhile(shop, 1, orders=60)) == [{0, 1, 2}]
    assert "payment-worker-2" not in running(shop.system.settings.state_dir).states()
    await placed_meanwhile(shop, AS_BEFORE, orders=40)
    assert running(shop.system.settings.state_dir) == shop.system
    await shop.all_ended(shop.placed)


async def test_the_commands_of_the_page_on_scaling_say_what_it_shows(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scale(shop.system.settings.state_dir, "payment", 1)
    placed = await shop.place_many(10)
    monkeypatch.setenv("ORDERSTREAM_STATE_DIR", str(shop.system.settings.state_dir))
    scaled = await asyncio.to_thread(CliRunner().invoke, app, ["scale", "payment", "3"])
    spread = await asyncio.to_thread(CliRunner().invoke, app, ["spread"])
    await scale(shop.system.settings.state_dir, "payment", AS_BEFORE)
    page = plain(PAGE.read_text())
    assert plain(scaled.stdout) in page
    lines = [line.strip() for line in plain(spread.stdout).splitlines()]
    heads = [line for line in lines if line.startswith("topic ")]
    assert len(heads) == 2
    assert all(head in page for head in heads)
    await shop.all_ended(placed)


async def test_an_instance_too_many_stands_by_and_takes_over_when_another_leaves(
    shop: Shop,
) -> None:
    group = await placed_meanwhile(shop, 4, orders=20, service="notifier")
    assert sorted(map(len, held(group))) == [0, 1, 1, 1]
    group = await placed_meanwhile(shop, AS_BEFORE, orders=20, service="notifier")
    assert sorted(map(len, held(group))) == [1, 2]
    await shop.all_ended(shop.placed)
