"""What the importer makes of rows: every row is in an order, in a cancellation or in the report."""

import pytest
from retail import Changed, Dropped, RetailImport, import_content

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


def row(
    *,
    invoice: str = "536365",
    code: str = "85123A",
    name: str = "HEART",
    units: int = 6,
    price: str = "2.55",
    customer: str = "17850",
    country: str = "United Kingdom",
    day: str = "1/12/2010",
) -> str:
    return f"{invoice},{code},{name},{units},{day},{price},{customer},{country}"


def imported(*rows: str) -> RetailImport:
    result = import_content("\n".join([HEADER, *rows]).encode(), "sales.csv")
    assert result.report.rows_read == len(rows)
    assert result.report.rows_used + result.report.rows_dropped == len(rows)
    return result


@pytest.mark.parametrize(
    ("dropped", "reason"),
    [
        (row(code="POST"), Dropped.NOT_A_PRODUCT),
        (row(code="BANK CHARGES"), Dropped.NOT_A_PRODUCT),
        (row(code=""), Dropped.NOT_A_PRODUCT),
        (row(code="gift_0001_20"), Dropped.NOT_A_PRODUCT),
        (row(invoice="A563185"), Dropped.BOOKKEEPING),
        (row(units=-6), Dropped.WRITE_OFF),
        (row(units=0), Dropped.NO_QUANTITY),
        (row(invoice="C536379"), Dropped.NOT_A_RETURN),
        (row(price="0"), Dropped.NO_PRICE),
        (row(price="0.001"), Dropped.NO_PRICE),
        (row(price="-2.55"), Dropped.NEGATIVE_PRICE),
    ],
)
def test_a_row_that_is_no_sale_of_a_product_is_dropped_with_its_reason(
    dropped: str, reason: Dropped
) -> None:
    result = imported(row(), dropped)
    [finding] = result.report.dropped
    assert (finding.reason, finding.count, finding.example_line) == (reason, 1, 3)
    assert len(result.orders) == 1


def test_a_code_that_is_no_product_is_named_and_explained() -> None:
    [postage, unknown] = imported(row(code="POST"), row(code="POST"), row(code="x1")).report.dropped
    assert str(postage) == "the code is no product: POST (postage)"
    assert (postage.count, postage.example_line) == (2, 2)
    assert unknown.subject == "X1 (of unknown meaning)"


def test_lines_of_one_product_are_merged_across_small_and_capital_letters() -> None:
    result = imported(row(units=6), row(code="85123a", units=4), row(code="71053", units=1))
    [order] = result.orders
    assert order.lines == (("85123A", 10), ("71053", 1))
    assert result.report.count(Changed.LINES_MERGED) == 1
    assert result.report.count(Changed.CODE_CASE) == 1


def test_a_product_has_its_most_frequent_name_and_price() -> None:
    result = imported(
        row(name="HEART?", price="2.95"), row(name="HEART"), row(name="HEART"), row(name="")
    )
    [product] = result.products
    assert (product.name, product.unit_price_minor) == ("HEART", 255)
    assert result.report.count(Changed.OTHER_NAME) == 2
    assert result.report.count(Changed.OTHER_PRICE) == 1


def test_a_product_that_is_never_described_is_named_by_its_code() -> None:
    result = imported(row(name=""), row(name="", customer=""))
    assert result.products[0].name == "85123A"
    assert result.report.count(Changed.NO_NAME) == 1


def test_a_price_finer_than_a_penny_is_rounded_half_up() -> None:
    result = imported(row(price="2.545"))
    assert result.products[0].unit_price_minor == 255
    assert result.report.count(Changed.PRICE_ROUNDED) == 1


def test_a_sale_without_a_customer_is_that_of_a_guest_of_this_invoice() -> None:
    first, second, third = imported(
        row(customer=""),
        row(customer="", code="71053"),
        row(invoice="536366", customer=""),
        row(invoice="536367"),
    ).orders
    assert len({first.customer, second.customer, third.customer}) == 3
    assert len(first.lines) == 2


def test_a_customer_has_the_same_name_in_every_import() -> None:
    [first] = imported(row(customer="17850")).orders
    [second] = imported(row(invoice="C1", units=-1, customer="17850.0")).cancellations
    assert first.customer == second.customer == "cus_119e10e26522a8254759c6d6"


def test_an_order_has_no_more_lines_and_units_than_the_gateway_takes() -> None:
    result = imported(*(row(code=f"{n:05}") for n in range(1_002)), row(code="00000", units=99_999))
    assert len({sku for order in result.orders for sku, _ in order.lines}) == 1_000
    ordered = [units for order in result.orders for sku, units in order.lines if sku == "00000"]
    assert ordered == [4_000, 4_000, 2_000]
    assert result.report.count(Dropped.TOO_MANY_LINES) == 2
    assert result.report.count(Changed.QUANTITY_CAPPED) == 1


def test_a_sale_that_is_too_heavy_for_one_parcel_becomes_several_orders() -> None:
    result = imported(
        row(invoice="1"), row(invoice="2", units=2_880), row(invoice="2", code="71053", units=1_400)
    )
    assert [(order.number, order.lines) for order in result.orders] == [
        ("1", (("85123A", 6),)),
        ("2", (("85123A", 2_880), ("71053", 1_120))),
        ("2-2", (("71053", 280),)),
    ]
    assert len({(order.customer, order.position) for order in result.orders[1:]}) == 1
    [finding] = [f for f in result.report.changed if f.reason is Changed.DIVIDED]
    assert (finding.count, finding.example_line) == (1, 3)


def test_a_sale_that_costs_more_than_can_be_charged_becomes_several_orders() -> None:
    dear = row(units=3, price="499999.99")
    assert [order.lines for order in imported(dear).orders] == [
        (("85123A", 2),),
        (("85123A", 1),),
    ]
    result = imported(row(), row(code="71053", units=1, price="1000000.00"))
    assert result.report.count(Dropped.TOO_EXPENSIVE) == 1


def test_a_name_has_no_more_letters_than_a_product_may_have() -> None:
    result = imported(row(name="x" * 201), row(name="x" * 201))
    assert result.products[0].name == "x" * 200
    assert result.report.count(Changed.NAME_CUT) == 1


def test_countries_become_codes_and_an_unknown_one_the_shops_own() -> None:
    result = imported(row(country="EIRE"), row(invoice="536366", country="Unspecified"))
    assert [order.country for order in result.orders] == ["IE", "GB"]
    [finding] = [f for f in result.report.changed if f.reason is Changed.COUNTRY_UNKNOWN]
    assert (finding.subject, finding.example_line) == ("Unspecified", 3)


def test_an_invoice_with_two_dates_keeps_the_first() -> None:
    result = imported(row(), row(code="71053", day="2/12/2010"))
    assert result.orders[0].placed_on.day == 1
    assert result.report.count(Changed.OTHER_HEADER) == 1


def test_a_cancellation_finds_the_sale_that_its_goods_came_from() -> None:
    result = imported(
        row(invoice="1"),
        row(invoice="2"),
        row(invoice="3", customer="99"),
        row(invoice="4", code="71053"),
        row(invoice="C5", units=-6),
        row(invoice="C6", units=-6),
        row(invoice="C7", units=-1),
        row(invoice="8"),
    )
    assert [c.cancels for c in result.cancellations] == ["2", "1", None]
    assert result.cancellations[0].lines == (("85123A", 6),)
    assert result.report.count(Changed.NO_EARLIER_SALE) == 1


def test_a_cancellation_prefers_the_sale_that_holds_most_of_it() -> None:
    result = imported(
        row(invoice="1"),
        row(invoice="1", code="71053"),
        row(invoice="2"),
        row(invoice="C3", units=-1),
        row(invoice="C3", units=-1, code="71053"),
        row(invoice="C4", units=-1),
        row(invoice="C4", units=-1, code="22222"),
    )
    assert [c.cancels for c in result.cancellations] == ["1", "2"]
    assert result.report.count(Changed.PART_RETURNED) == 1


def test_the_sales_and_cancellations_of_a_day_are_numbered_together() -> None:
    result = imported(
        row(invoice="1"),
        row(invoice="C2", units=-1),
        row(invoice="3", day="2/12/2010"),
        row(invoice="4"),
        row(invoice="1", code="71053"),
    )
    assert {order.number: order.position for order in result.orders} == {"1": 1, "3": 1, "4": 3}
    assert [returned.position for returned in result.cancellations] == [2]
