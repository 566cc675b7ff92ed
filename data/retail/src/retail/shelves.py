"""One trading day of the shop: what was ordered, what came back, and what the shelves held at first."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date

from retail.errors import RetailFormatError
from retail.model import CURRENCY, RetailCancellation, RetailImport, RetailOrder


@dataclass(frozen=True, slots=True)
class TradingDay:
    """A day's orders and cancellations, in the order of the file."""

    day: date
    orders: tuple[RetailOrder, ...]
    cancellations: tuple[RetailCancellation, ...]
    """Written on this day, whenever the sale was."""
    given_back: tuple[str, ...]
    """Numbers of this day's orders whose goods, all or some, came back on this day or later."""


def first_day(imported: RetailImport) -> date:
    """Return the first day on which something was ordered.

    Raises:
        RetailFormatError: nothing was.
    """
    if not imported.orders:
        raise RetailFormatError("there are no orders in it", file=imported.report.file)
    return min(order.placed_on for order in imported.orders)


def trading_day(imported: RetailImport, day: date) -> TradingDay:
    """Pick one day out of an import.

    Raises:
        RetailFormatError: a day without orders; names the days that there are.
    """
    orders = tuple(order for order in imported.orders if order.placed_on == day)
    if not orders:
        days = sorted({order.placed_on for order in imported.orders})
        known = f"{days[0]} to {days[-1]}" if days else "none at all"
        raise RetailFormatError(
            f"no orders on {day}; there are orders of {known}", file=imported.report.file
        )
    returned = {cancellation.cancels for cancellation in imported.cancellations}
    return TradingDay(
        day=day,
        orders=orders,
        cancellations=tuple(c for c in imported.cancellations if c.placed_on == day),
        given_back=tuple(order.number for order in orders if order.number in returned),
    )


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


def catalogue(
    imported: RetailImport, day: date, scarce: int = SCARCE, *, currency: str = CURRENCY
) -> Catalogue:
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
    return Catalogue(currency, shelves, tuple(short))


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

    A product that would refuse no further order, or too many, is passed over.
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
