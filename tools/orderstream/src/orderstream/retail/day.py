"""One trading day of the shop: what was ordered, and which of it the customers took back."""

from dataclasses import dataclass
from datetime import date

from orderstream.retail.model import RetailCancellation, RetailImport, RetailOrder


@dataclass(frozen=True, slots=True)
class TradingDay:
    """A day's orders and cancellations, in the order of the file."""

    day: date
    orders: tuple[RetailOrder, ...]
    cancellations: tuple[RetailCancellation, ...]
    """Written on this day, whenever the sale was."""
    given_back: tuple[str, ...]
    """Numbers of this day's orders whose goods, all or some, came back on this day or later."""


def trading_day(imported: RetailImport, day: date) -> TradingDay:
    """Pick one day out of an import; a day without orders is a ValueError that names the days there are."""
    orders = tuple(order for order in imported.orders if order.placed_on == day)
    if not orders:
        days = sorted({order.placed_on for order in imported.orders})
        known = f"{days[0]} to {days[-1]}" if days else "none at all"
        raise ValueError(f"no orders on {day}; {imported.report.file} has orders of {known}")
    returned = {cancellation.cancels for cancellation in imported.cancellations}
    return TradingDay(
        day=day,
        orders=orders,
        cancellations=tuple(c for c in imported.cancellations if c.placed_on == day),
        given_back=tuple(order.number for order in orders if order.number in returned),
    )
