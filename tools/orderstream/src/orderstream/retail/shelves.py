"""How much of every product is on the shelves at first: plenty of most, too little of a few."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date

from orderstream.retail.day import trading_day
from orderstream.retail.model import CURRENCY, RetailImport, RetailOrder

SCARCE = 5
LATE_BUYERS = 2
MOST_REFUSED = 8
PLENTY = 100


@dataclass(frozen=True, slots=True)
class Shelf:
    """A product and the units of it on hand; its price in minor units (pence)."""

    sku: str
    name: str
    unit_price: int
    on_hand: int


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What inventory starts with."""

    currency: str
    products: tuple[Shelf, ...]
    scarce: tuple[str, ...]
    """SKUs that run out during the day, the most popular first."""

    def as_json(self) -> str:
        """Write it as the file that inventory is seeded with."""
        shelves = [asdict(shelf) for shelf in self.products]
        return json.dumps({"currency": self.currency, "products": shelves}, indent=1)


def catalogue(imported: RetailImport, day: date, scarce: int = SCARCE) -> Catalogue:
    """Fill the shelves so that `scarce` popular products run out during the day and no other does.

    A few orders of that day are then refused, eight at most. A day without orders is a ValueError.
    """
    orders = trading_day(imported, day).orders
    short = _scarce_stock(orders, scarce)
    wanted = Counter[str]()
    for order in imported.orders:
        wanted.update(dict(order.lines))
    shelves = tuple(
        Shelf(p.sku, p.name, p.unit_price_minor, short.get(p.sku, max(PLENTY, 2 * wanted[p.sku])))
        for p in imported.products
    )
    return Catalogue(CURRENCY, shelves, tuple(short))


def refused(orders: Iterable[RetailOrder], on_hand: Mapping[str, int]) -> tuple[str, ...]:
    """Return the orders that go short when filled one after the other, each wholly or not at all.

    Products that are not on the list are never short.
    """
    left = dict(on_hand)
    short = []
    for order in orders:
        scarce = [(sku, units) for sku, units in order.lines if sku in left]
        if any(units > left[sku] for sku, units in scarce):
            short.append(order.number)
            continue
        for sku, units in scarce:
            left[sku] -= units
    return tuple(short)


def _scarce_stock(orders: tuple[RetailOrder, ...], scarce: int) -> dict[str, int]:
    """Choose products from the most popular down: enough of each for all but its last two buyers.

    A product that would refuse nobody new, or too many, is passed over.
    """
    chosen: dict[str, int] = {}
    gone_short = 0
    for sku, purchases in _by_popularity(orders):
        if len(chosen) == scarce or len(purchases) <= LATE_BUYERS:
            break
        tried = chosen | {sku: sum(purchases[:-LATE_BUYERS])}
        count = len(refused(orders, tried))
        if gone_short < count <= MOST_REFUSED:
            chosen, gone_short = tried, count
    return chosen


def _by_popularity(orders: tuple[RetailOrder, ...]) -> list[tuple[str, list[int]]]:
    """Return every product with the quantities ordered, most orders first, then by SKU."""
    purchases: dict[str, list[int]] = {}
    for order in orders:
        for sku, units in order.lines:
            purchases.setdefault(sku, []).append(units)
    return sorted(purchases.items(), key=lambda item: (-len(item[1]), item[0]))
