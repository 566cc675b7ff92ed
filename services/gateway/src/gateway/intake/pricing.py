"""Prices come from the catalogue, which is kept up to date, and never from the customer."""

import asyncio
from dataclasses import dataclass

from events import Envelope, Money, OrderLine, ProductListed
from events.currencies import written
from events.topics import PRODUCT_CATALOG
from messaging import TopicReader

from gateway.intake.limits import require_chargeable, require_one_parcel
from gateway.intake.requests import OrderRequest
from gateway.problems.problem import FieldError, ProblemError


@dataclass(frozen=True, slots=True)
class Product:
    """Name and price of a SKU; `sequence` counts inventory's events about it."""

    sku: str
    name: str
    unit_price: Money
    sequence: int


class Catalogue:
    """The latest listing of every product; `complete` once all existing listings have been consumed."""

    def __init__(self) -> None:
        self.complete = asyncio.Event()
        self._products: dict[str, Product] = {}

    async def follow(self, bootstrap: str) -> None:
        """Consume all listings from the beginning, then new ones as they come, until cancelled."""
        reader = TopicReader(bootstrap, PRODUCT_CATALOG, self.consume, from_beginning=True)
        self.complete = reader.caught_up
        await reader.run()

    def consume(self, envelope: Envelope) -> None:
        """Take over a listing, unless a newer one was consumed before."""
        event = envelope.event
        if not isinstance(event, ProductListed):
            return
        known = self._products.get(event.sku)
        if known is not None and known.sequence > envelope.sequence:
            return
        self._products[event.sku] = Product(
            event.sku, event.name, event.unit_price, envelope.sequence
        )

    def find(self, sku: str) -> Product | None:
        """Return the product that is sold under a SKU."""
        return self._products.get(sku)

    def require_ready(self) -> None:
        """Refuse to go on with a part of the catalogue only.

        Raises:
            ProblemError: the listings from before the start have not all been consumed.
        """
        if not self.complete.is_set():
            raise ProblemError(
                "catalogue_not_ready", "Prices are not known yet; the catalogue is being read."
            )

    async def check(self) -> str | None:
        """Return what keeps the catalogue from being used, for readiness."""
        return None if self.complete.is_set() else "still being read"


def price(
    order: OrderRequest, catalogue: Catalogue, currency: str
) -> tuple[tuple[OrderLine, ...], Money]:
    """Return the order's lines with their prices, and the total.

    Raises:
        ProblemError: the catalogue is not ready or does not have a product, the currency is not
            the shop's, the order weighs or costs more than one may, or nothing, or the total is not
            what the customer expects.
    """
    _check_currency(order, currency)
    catalogue.require_ready()
    lines: list[OrderLine] = []
    unknown: list[FieldError] = []
    for index, line in enumerate(order.lines):
        product = catalogue.find(line.sku)
        if product is None or product.unit_price.currency != currency:
            unknown.append(FieldError(f"/lines/{index}/sku", "This product is not for sale."))
            continue
        lines.append(
            OrderLine(
                sku=line.sku,
                name=product.name,
                quantity=line.quantity,
                unit_price=product.unit_price.amount,
            )
        )
    if unknown:
        raise ProblemError("unknown_sku", "Some products are not for sale.", errors=unknown)
    amount = sum(line.quantity * line.unit_price for line in lines)
    total = Money(amount=amount, currency=currency)
    require_one_parcel(lines)
    require_chargeable(total)
    _check_total(order, total)
    return tuple(lines), total


def _check_currency(order: OrderRequest, currency: str) -> None:
    named = {"/currency": order.currency}
    if order.expected_total is not None:
        named["/expected_total/currency"] = order.expected_total.currency
    faults = [
        FieldError(pointer, f"The shop's currency is {currency}.")
        for pointer, name in named.items()
        if name not in (None, currency)
    ]
    if faults:
        raise ProblemError("wrong_currency", f"Orders are in {currency}.", errors=faults)


def _check_total(order: OrderRequest, total: Money) -> None:
    expected = order.expected_total
    if expected is not None and expected.amount != total.amount:
        costs = f"{total.amount} ({written(total.amount, total.currency)})"
        fault = FieldError("/expected_total/amount", f"At today's prices it is {costs}.")
        raise ProblemError("price_changed", "The prices have changed.", errors=[fault])
