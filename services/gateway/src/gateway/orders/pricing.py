"""Prices come from the catalogue, never from the customer."""

from events import Money, OrderLine

from gateway.orders.fitting import require_chargeable, require_one_parcel
from gateway.orders.order_request import OrderRequest
from gateway.problems.problem import Fault, ProblemError
from gateway.products.catalogue import Catalogue


def price(
    order: OrderRequest, catalogue: Catalogue, currency: str
) -> tuple[tuple[OrderLine, ...], Money]:
    """The order's lines with their prices, and the total.

    Raises:
        ProblemError: the catalogue is not ready or does not have a product, the currency is not
            the shop's, the order weighs or costs more than one may, or nothing, or the total is not
            what the customer expects.
    """
    _check_currency(order, currency)
    catalogue.require_ready()
    lines: list[OrderLine] = []
    unknown: list[Fault] = []
    for index, line in enumerate(order.lines):
        product = catalogue.find(line.sku)
        if product is None or product.unit_price.currency != currency:
            unknown.append(Fault(f"/lines/{index}/sku", "This product is not for sale."))
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
    _check_total(order, amount)
    return tuple(lines), total


def _check_currency(order: OrderRequest, currency: str) -> None:
    named = {"/currency": order.currency}
    if order.expected_total is not None:
        named["/expected_total/currency"] = order.expected_total.currency
    faults = [
        Fault(pointer, f"The shop's currency is {currency}.")
        for pointer, name in named.items()
        if name not in (None, currency)
    ]
    if faults:
        raise ProblemError("wrong_currency", f"Orders are in {currency}.", errors=faults)


def _check_total(order: OrderRequest, total: int) -> None:
    expected = order.expected_total
    if expected is not None and expected.amount != total:
        fault = Fault("/expected_total/amount", f"At today's prices it is {total}.")
        raise ProblemError("price_changed", "The prices have changed.", errors=[fault])
