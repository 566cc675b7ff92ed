from collections.abc import Callable
from typing import Any

import pytest
from events import Envelope, Money, OrderLine, ProductListed, encode
from events.limits import AMOUNT_MAX, RECORD_BYTES_MAX
from gateway.http.bodies import Body
from gateway.intake.limits import require_one_record, size_of
from gateway.intake.pricing import Catalogue, price
from gateway.intake.requests import OrderRequest, read_order
from gateway.problems.problem import ProblemError
from testkit.samples import ORDER, enveloped, placed

Order = Callable[..., dict[str, Any]]


def listed(sku: str, amount: int, sequence: int = 1, currency: str = "GBP") -> Envelope:
    event = ProductListed(
        sku=sku, name=f"{sku} at {amount}", unit_price=Money(amount=amount, currency=currency)
    )
    return enveloped(event, sequence=sequence)


@pytest.fixture
def catalogue() -> Catalogue:
    catalogue = Catalogue()
    catalogue.consume(listed("MUG 1", 450))
    catalogue.consume(listed("PEN.2", 99))
    catalogue.consume(listed("EURO", 1, currency="EUR"))
    catalogue.consume(listed("FREE", 0))
    catalogue.consume(listed("LAST", AMOUNT_MAX))
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


def wanted(*lines: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"sku": sku, "quantity": quantity} for sku, quantity in lines]


@pytest.mark.parametrize(
    "lines",
    [
        wanted(("MUG 1", 4_000)),
        wanted(("MUG 1", 3_999), ("PEN.2", 1)),
        wanted(("LAST", 1)),
        wanted(("PEN.2", 1), ("FREE", 2)),
    ],
)
def test_an_order_at_its_bounds_is_priced(
    catalogue: Catalogue, body: Order, lines: list[dict[str, Any]]
) -> None:
    priced, total = price(read(body(lines=lines)), catalogue, "GBP")
    assert [(line.sku, line.quantity) for line in priced] == [tuple(one.values()) for one in lines]
    assert 1 <= total.amount <= AMOUNT_MAX


@pytest.mark.parametrize(
    ("lines", "code", "detail"),
    [
        (
            wanted(("MUG 1", 2_880), ("PEN.2", 1_400)),
            "order_too_heavy",
            "this one would weigh 1070000 g; the carrier takes 1000000 g at most",
        ),
        (wanted(("MUG 1", 4_000), ("PEN.2", 1)), "order_too_heavy", "1000250 g"),
        (wanted(("MUG 1", 10_000)), "order_too_heavy", "2500000 g"),
        (wanted(("LAST", 4_001)), "order_too_heavy", "1000250 g"),
        (wanted(("LAST", 1), ("PEN.2", 1)), "order_too_expensive", "costs 1,000,000.98 GBP"),
        (wanted(("LAST", 1), ("PEN.2", 1)), "order_too_expensive", "999,999.99 GBP can be charged"),
        (wanted(("FREE", 1)), "order_too_cheap", "costs 0.00 GBP; 0.01 GBP is the least"),
    ],
)
def test_an_order_beyond_its_bounds_is_refused_with_the_bound(
    catalogue: Catalogue, body: Order, lines: list[dict[str, Any]], code: str, detail: str
) -> None:
    order = body(lines=lines, expected_total={"amount": 1, "currency": "GBP"})
    with pytest.raises(ProblemError) as caught:
        price(read(order), catalogue, "GBP")
    assert caught.value.code == code
    assert detail in caught.value.detail
    assert [fault.pointer for fault in caught.value.errors] == ["/lines"]


@pytest.mark.parametrize("beyond", [0, 1])
def test_an_order_that_one_record_cannot_hold_is_refused(beyond: int) -> None:
    def record(name: str) -> Any:
        line = OrderLine(sku="MUG 1", name=name, quantity=1, unit_price=1)
        return encode(enveloped(placed(ORDER, lines=(line,))))

    room = RECORD_BYTES_MAX - size_of(record(""))
    if not beyond:
        require_one_record(record("x" * room))
        return
    with pytest.raises(ProblemError, match=f"takes {RECORD_BYTES_MAX + 1} bytes") as caught:
        require_one_record(record("x" * (room + 1)))
    assert caught.value.code == "order_too_large"


def test_an_older_listing_never_replaces_a_newer_one(catalogue: Catalogue) -> None:
    catalogue.consume(listed("MUG 1", 500, sequence=3))
    catalogue.consume(listed("MUG 1", 475, sequence=2))
    product = catalogue.find("MUG 1")
    assert product is not None
    assert product.unit_price.amount == 500
