from collections.abc import Callable
from typing import Any

import pytest
from events import Envelope, Money, ProductListed
from gateway.http.bodies import Body
from gateway.orders.order_request import OrderRequest, read_order
from gateway.orders.pricing import price
from gateway.problems.problem import ProblemError
from gateway.products.catalogue import Catalogue
from testkit.samples import said

Order = Callable[..., dict[str, Any]]


def listed(sku: str, amount: int, sequence: int = 1, currency: str = "GBP") -> Envelope:
    event = ProductListed(
        sku=sku, name=f"{sku} at {amount}", unit_price=Money(amount=amount, currency=currency)
    )
    return said(event, sequence=sequence)


@pytest.fixture
def catalogue() -> Catalogue:
    catalogue = Catalogue()
    catalogue.hear(listed("MUG 1", 450))
    catalogue.hear(listed("PEN.2", 99))
    catalogue.hear(listed("EURO", 1, currency="EUR"))
    catalogue.complete.set()
    return catalogue


def read(value: Any) -> OrderRequest:
    return read_order(Body(b"{}", value))


def refusal(catalogue: Catalogue, order: dict[str, Any]) -> tuple[str, list[str]]:
    with pytest.raises(ProblemError) as caught:
        price(read(order), catalogue, "GBP")
    return caught.value.code, [fault.pointer for fault in caught.value.errors]


def test_lines_get_their_prices_from_the_catalogue(catalogue: Catalogue, body: Order) -> None:
    lines, total = price(read(body()), catalogue, "GBP")
    assert [(line.sku, line.quantity, line.unit_price) for line in lines] == [
        ("MUG 1", 2, 450),
        ("PEN.2", 1, 99),
    ]
    assert total == Money(amount=999, currency="GBP")


def test_every_product_that_is_not_sold_is_pointed_at(catalogue: Catalogue, body: Order) -> None:
    lines = [{"sku": sku, "quantity": 1} for sku in ("GONE", "MUG 1", "EURO")]
    assert refusal(catalogue, body(lines=lines)) == (
        "unknown_sku",
        ["/lines/0/sku", "/lines/2/sku"],
    )


def test_another_currency_is_refused(catalogue: Catalogue, body: Order) -> None:
    order = body(currency="EUR", expected_total={"amount": 999, "currency": "USD"})
    assert refusal(catalogue, order) == (
        "wrong_currency",
        ["/currency", "/expected_total/currency"],
    )


def test_a_total_that_is_not_what_the_customer_was_shown_is_refused(
    catalogue: Catalogue, body: Order
) -> None:
    order = body(expected_total={"amount": 998, "currency": "GBP"})
    assert refusal(catalogue, order) == ("price_changed", ["/expected_total/amount"])
    price(read(body(expected_total={"amount": 999, "currency": "GBP"})), catalogue, "GBP")


def test_nothing_is_priced_from_a_part_of_the_catalogue(catalogue: Catalogue, body: Order) -> None:
    catalogue.complete.clear()
    assert refusal(catalogue, body()) == ("catalogue_not_ready", [])


def test_an_older_listing_never_replaces_a_newer_one(catalogue: Catalogue) -> None:
    catalogue.hear(listed("MUG 1", 500, sequence=3))
    catalogue.hear(listed("MUG 1", 475, sequence=2))
    product = catalogue.find("MUG 1")
    assert product is not None
    assert product.unit_price.amount == 500
