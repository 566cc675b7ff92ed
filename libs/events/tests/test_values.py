"""What money, ids and products may look like."""

import pytest
from events import CountryCode, CustomerId, Money, OrderId, OrderLine, OrderStatus, Sku, StockLine
from pydantic import TypeAdapter, ValidationError

GOOD = [
    (OrderId, "ord_" + "0af9" * 8),
    (CustomerId, "c"),
    (CustomerId, "c" * 64),
    (Sku, "85123A"),
    (Sku, "A"),
    (Sku, "gift_0001-x.y z"),
    (Sku, "A" * 40),
    (CountryCode, "GB"),
]
BAD = [
    (OrderId, "0af9" * 8),
    (OrderId, "ord_" + "0AF9" * 8),
    (OrderId, "ord_" + "0af9" * 7),
    (OrderId, "ord_" + "0af9" * 8 + "\n"),
    (OrderId, "ord_" + "\N{ARABIC-INDIC DIGIT ZERO}af9" * 8),
    (CustomerId, ""),
    (CustomerId, "c" * 65),
    (Sku, ""),
    (Sku, " 85123A"),
    (Sku, "-85123A"),
    (Sku, "A" * 41),
    (Sku, "85123A\n"),
    (Sku, "85/123"),
    (Sku, "Ä1"),
    (CountryCode, "gb"),
    (CountryCode, "GBR"),
]


@pytest.mark.parametrize(("kind", "text"), GOOD)
def test_good_ones_are_taken_as_they_are(kind, text):
    assert TypeAdapter(kind).validate_python(text) == text


@pytest.mark.parametrize(("kind", "text"), BAD)
def test_bad_ones_are_refused(kind, text):
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(text)


def test_money_is_a_whole_number_of_minor_units_of_a_currency():
    assert Money(amount=0, currency="GBP").amount == 0
    assert Money(amount=10**15, currency="GBP").amount == 10**15


@pytest.mark.parametrize(
    ("amount", "currency"),
    [(-1, "GBP"), (1.5, "GBP"), ("lots", "GBP"), (1, "gbp"), (1, "GBPX"), (1, ""), (1, "GBP\n")],
)
def test_money_that_is_none_is_refused(amount, currency):
    with pytest.raises(ValidationError):
        Money(amount=amount, currency=currency)


def test_money_does_not_change():
    money = Money(amount=1, currency="GBP")
    with pytest.raises(ValidationError, match="frozen"):
        money.amount = 2


@pytest.mark.parametrize("quantity", [0, -1, 1.5])
def test_a_line_is_about_at_least_one_unit(quantity):
    with pytest.raises(ValidationError):
        OrderLine(sku="MUG", name="Mug", quantity=quantity, unit_price=1)
    with pytest.raises(ValidationError):
        StockLine(sku="MUG", quantity=quantity)


def test_a_gift_may_be_free_but_never_costs_less_than_nothing():
    assert OrderLine(sku="MUG", name="Mug", quantity=1, unit_price=0).unit_price == 0
    with pytest.raises(ValidationError):
        OrderLine(sku="MUG", name="Mug", quantity=1, unit_price=-1)


def test_two_statuses_are_final():
    assert [status for status in OrderStatus if status.is_final] == ["completed", "cancelled"]


def test_an_order_has_shipped_once_the_carrier_has_its_parcel():
    shipped = [status for status in OrderStatus if status.has_shipped]
    assert shipped == ["shipped", "completed", "payment_review"]
