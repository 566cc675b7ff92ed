"""What the commands understand: baskets, and which order is meant."""

from typing import Any

import pytest
from events.limits import AMOUNT_MAX, UNITS_MAX
from orderstream.errors import CommandError
from orderstream.shop import find_order_id, pick_lines, read_lines

FIRST, SECOND = f"ord_01{'a' * 22}00001111", f"ord_01{'b' * 22}00002222"


def product(sku: str, price: int = 250) -> dict[str, Any]:
    return {"sku": sku, "unit_price": {"amount": price, "currency": "GBP"}}


class Gateway:
    def __init__(self, *known: str) -> None:
        self._known = known

    async def orders(self, limit: int) -> list[dict[str, str]]:
        return [{"id": one} for one in self._known[:limit]]


@pytest.mark.parametrize("item", ["22632x6", "22632:6", "22632*6", "22632\u00d76"])
def test_a_quantity_may_be_written_in_several_ways(item: str) -> None:
    assert read_lines([item]) == [("22632", 6)]


def test_without_a_quantity_it_is_one_and_what_is_named_twice_adds_up() -> None:
    assert read_lines(["85123A", "15056BX", "85123Ax2"]) == [("85123A", 3), ("15056BX", 1)]


@pytest.mark.parametrize("item", ["85123Ax0", " ", ""])
def test_what_is_no_product_is_refused_with_how_to_write_it(item: str) -> None:
    with pytest.raises(CommandError, match="Write it as 85123A or 85123Ax2"):
        read_lines([item])


def test_random_products_are_different_ones_and_no_more_than_there_are() -> None:
    products = [product(f"S{number}") for number in range(5)]
    assert len({sku for sku, _ in pick_lines(products, 3)}) == 3
    assert len(pick_lines(products, 9)) == 5
    assert all(quantity >= 1 for _, quantity in pick_lines(products, 5))


@pytest.mark.parametrize("price", [1, 29_500, AMOUNT_MAX // 1_000, AMOUNT_MAX])
@pytest.mark.parametrize("count", [1, 3, 1_000])
def test_random_products_are_never_more_than_one_order_can_hold(price: int, count: int) -> None:
    products = [product(f"S{number}", price) for number in range(count)]
    picked = pick_lines([product("FREE", 0), *products], count)
    units = sum(quantity for _, quantity in picked)
    assert units <= UNITS_MAX
    assert units * price <= AMOUNT_MAX
    assert "FREE" not in dict(picked)
    assert picked or price * count > AMOUNT_MAX


@pytest.mark.parametrize(
    ("named", "meant"),
    [
        (FIRST, FIRST),
        ("last", SECOND),
        ("1111", FIRST),
        ("ord_01bb", SECOND),
        ("…00002222", SECOND),
    ],
)
async def test_an_order_is_known_by_its_id_a_part_of_it_or_as_the_last(named, meant) -> None:
    assert await find_order_id(Gateway(SECOND, FIRST), named) == meant  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("named", "error"),
    [
        ("ord_01", "'ord_01' is no order"),
        ("ord_01aab", "No order there is begins or ends with ord_01aab"),
        ("01", "is no order"),
        ("a pear", "is no order. Give an order's id"),
    ],
)
async def test_a_name_that_fits_no_order_is_reported_with_what_would(named, error) -> None:
    with pytest.raises(CommandError, match=error):
        await find_order_id(Gateway(SECOND, FIRST), named)  # type: ignore[arg-type]


async def test_a_name_that_fits_several_orders_is_reported_with_their_number() -> None:
    twins = Gateway(f"ord_01{'a' * 26}1111", f"ord_01{'b' * 26}1111")
    with pytest.raises(CommandError, match="2 orders begin or end with 1111"):
        await find_order_id(twins, "1111")  # type: ignore[arg-type]


async def test_in_an_empty_shop_there_is_no_last_order() -> None:
    with pytest.raises(CommandError, match="There are no orders yet"):
        await find_order_id(Gateway(), "last")  # type: ignore[arg-type]
