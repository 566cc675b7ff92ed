"""What the day's customers do: how each pays, and who changes their mind, and when."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from client.requests import APPROVED
from retail import RetailOrder, catalogue, first_day, import_file, trading_day
from stack.opening_stock import REAL_ORDERS

TROUBLED = (
    "tok_declined",
    "tok_processing_error_once",
    "tok_insufficient_funds",
    "tok_processing_error_once",
    "tok_declined",
    "tok_insufficient_funds",
    "tok_processing_error_once",
    "tok_expired_card",
)
"""The cards of a few customers, spread over the day: five are declined, three work at the second try."""

SECOND_THOUGHTS_S = (0.0, 1.0, 6.0)
"""How long after ordering customers change their mind: early, in between, too late."""
SLOW = "tok_slow"
"""A customer who cancels at once has a slow bank, so that the cancellation overtakes the payment."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """What one customer does: order, pay with this token, and cancel so many seconds later, if at all."""

    order: RetailOrder
    token: str = APPROVED
    cancel_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A day to be replayed, in the order in which it happened, and the file that it is from."""

    file: Path
    day: date
    purchases: tuple[Purchase, ...]

    @property
    def orders(self) -> list[RetailOrder]:
        """What is ordered on it."""
        return [purchase.order for purchase in self.purchases]


def plan_first_day(file: Path = REAL_ORDERS) -> Plan:
    """Return the first trading day of a real shop, out of a file of its orders.

    Real are who ordered what, and whose goods came back: those customers cancel here. How they pay
    is made up. Cards are declined only where no scarce product is touched, so that the same
    customers find them sold out every time, as far as the payment provider's latency allows.

    Raises:
        RetailFormatError: it is not such a file; says in which line.
    """
    imported = import_file(file)
    day = trading_day(imported, first_day(imported))
    scarce = catalogue(imported, day.day).scarce
    return Plan(file, day.day, plan(day.orders, day.given_back, scarce))


def plan(
    orders: Sequence[RetailOrder], given_back: Collection[str], scarce: Collection[str]
) -> tuple[Purchase, ...]:
    """Decide for every order how it is paid and whether it is cancelled; the same every time."""
    ordinary = [
        order.number
        for order in orders
        if order.number not in given_back and not {sku for sku, _ in order.lines} & set(scarce)
    ]
    tokens = dict(zip(_spread(ordinary, len(TROUBLED)), TROUBLED, strict=False))
    regrets = [order.number for order in orders if order.number in given_back]
    delays = {
        number: SECOND_THOUGHTS_S[place % len(SECOND_THOUGHTS_S)]
        for place, number in enumerate(regrets)
    }
    tokens |= {number: SLOW for number, delay in delays.items() if delay == 0}
    return tuple(
        Purchase(order, tokens.get(order.number, APPROVED), delays.get(order.number))
        for order in orders
    )


def _spread(items: Sequence[str], count: int) -> list[str]:
    """Pick this many of the items, evenly spread over all of them."""
    count = min(count, len(items))
    return [items[len(items) * (2 * place + 1) // (2 * count)] for place in range(count)]
