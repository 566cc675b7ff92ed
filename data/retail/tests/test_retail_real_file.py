"""The real file: its figures, its first trading day, and the stock that makes a few orders go short."""

import csv
import json
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from events.limits import AMOUNT_MAX, UNITS_MAX
from retail import (
    Changed,
    Dropped,
    RetailImport,
    catalogue,
    import_file,
    refused,
    trading_day,
)

FILE = Path(__file__).parents[3] / "data" / "online-retail" / "first-days.csv"
FIRST_DAY = date(2010, 12, 1)
SKU = re.compile(r"^[A-Za-z0-9][A-Za-z0-9 _.-]{0,39}$")


@pytest.fixture(scope="module")
def shop() -> RetailImport:
    return import_file(FILE)


def test_every_row_is_used_or_dropped_for_a_reason(shop: RetailImport) -> None:
    report = shop.report
    lines_of_file = len(FILE.read_bytes().splitlines())
    assert report.rows_read == lines_of_file - 1 == 9_999
    assert report.rows_used + report.rows_dropped == report.rows_read
    assert {reason: report.count(reason) for reason in Dropped if report.count(reason)} == {
        Dropped.NOT_A_PRODUCT: 38,
        Dropped.WRITE_OFF: 30,
        Dropped.NO_PRICE: 16,
    }


def test_every_unit_sold_is_in_an_order(shop: RetailImport) -> None:
    with FILE.open(encoding="utf-8", newline="") as file:
        sold = sum(
            int(row["Quantity"])
            for row in csv.DictReader(file)
            if row["InvoiceNo"].isdigit()
            and row["StockCode"][:5].isdigit()
            and float(row["UnitPrice"]) > 0
        )
    assert sold == sum(units for order in shop.orders for _, units in order.lines)


def test_the_file_holds_these_many(shop: RetailImport) -> None:
    assert (len(shop.products), len(shop.orders), len(shop.cancellations)) == (1_967, 424, 41)
    assert shop.report.count(Changed.NO_EARLIER_SALE) == 32
    assert shop.report.count(Changed.COUNTRY_UNKNOWN) == 0
    assert shop.report.count(Changed.DIVIDED) == 1


def test_everything_is_within_the_gateways_bounds(shop: RetailImport) -> None:
    listed = {product.sku for product in shop.products}
    assert len(listed) == len(shop.products)
    prices = {product.sku: product.unit_price_minor for product in shop.products}
    assert all(SKU.fullmatch(p.sku) and p.name and p.unit_price_minor > 0 for p in shop.products)
    for order in shop.orders:
        assert 1 <= len(order.lines) <= 1_000
        assert len({sku for sku, _ in order.lines} & listed) == len(order.lines)
        assert all(units >= 1 for _, units in order.lines)
        assert sum(units for _, units in order.lines) <= UNITS_MAX
        assert 1 <= sum(units * prices[sku] for sku, units in order.lines) <= AMOUNT_MAX


def test_importing_twice_gives_the_same(shop: RetailImport) -> None:
    assert import_file(FILE) == shop
    assert catalogue(shop, FIRST_DAY) == catalogue(import_file(FILE), FIRST_DAY)


def test_the_first_day_has_its_orders_and_what_came_back_of_them(shop: RetailImport) -> None:
    day = trading_day(shop, FIRST_DAY)
    assert (len(day.orders), len(day.cancellations)) == (127, 5)
    assert [order.number for order in day.orders] == sorted(order.number for order in day.orders)
    assert day.given_back == ("536395", "536397", "536488", "536537", "536557", "536591")


def test_a_day_without_orders_is_refused_naming_the_days_there_are(shop: RetailImport) -> None:
    with pytest.raises(ValueError, match=r"no orders on 2010-12-04; .* 2010-12-01 to 2010-12-05"):
        trading_day(shop, date(2010, 12, 4))


def test_a_few_orders_of_the_day_go_short_and_only_for_the_scarce_products(
    shop: RetailImport,
) -> None:
    orders = trading_day(shop, FIRST_DAY).orders
    seed = catalogue(shop, FIRST_DAY)
    on_hand = {shelf.sku: shelf.on_hand for shelf in seed.products}
    short = refused(orders, on_hand)
    assert short == ("536567", "536584", "536588", "536592", "536594", "536597")
    plenty = on_hand | dict.fromkeys(seed.scarce, 100_000)
    assert refused(orders, plenty) == ()


def test_every_scarce_product_sells_out_part_way_and_makes_someone_go_short(
    shop: RetailImport,
) -> None:
    orders = trading_day(shop, FIRST_DAY).orders
    seed = catalogue(shop, FIRST_DAY)
    on_hand = {shelf.sku: shelf.on_hand for shelf in seed.products}
    short = set(refused(orders, on_hand))
    sold = Counter[str]()
    for order in orders:
        if order.number not in short:
            sold.update(dict(order.lines))
    assert len(seed.scarce) == 5
    for sku in seed.scarce:
        assert sold[sku] == on_hand[sku] > 0
        assert refused(orders, {sku: on_hand[sku]})


@pytest.mark.parametrize("scarce", [0, 1, 3])
def test_fewer_products_can_be_scarce(shop: RetailImport, scarce: int) -> None:
    assert len(catalogue(shop, FIRST_DAY, scarce).scarce) == scarce


def test_the_seed_is_json_of_every_product_with_price_and_stock(shop: RetailImport) -> None:
    seed = json.loads(catalogue(shop, FIRST_DAY).as_json())
    assert seed["currency"] == "GBP"
    assert [product["sku"] for product in seed["products"]] == [p.sku for p in shop.products]
    [heart] = [product for product in seed["products"] if product["sku"] == "85123A"]
    assert heart == {
        "sku": "85123A",
        "name": "WHITE HANGING HEART T-LIGHT HOLDER",
        "unit_price": 295,
        "on_hand": 439,
    }


def account_of(path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "retail", "report", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_the_command_accounts_for_the_file() -> None:
    shown = account_of(FILE)
    assert shown.returncode == 0
    assert "9,915" in shown.stdout


def test_the_command_says_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("InvoiceNo,StockCode\n")
    shown = account_of(tmp_path / "bad.csv")
    assert shown.returncode == 2
    assert shown.stderr.startswith("bad.csv, line 1, column Description: missing")
