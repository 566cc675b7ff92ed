"""Turns a file of Online Retail rows into products, orders and cancellations."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

from events.limits import PRODUCT_NAME_MAX

from retail.errors import RetailFormatError
from retail.invoices import Invoice, Invoices, Sales, parcels
from retail.model import Changed, Ledger, Product, RetailCancellation, RetailImport, RetailOrder
from retail.rows import Row, rows, why_dropped
from retail.table import read_file


def import_file(path: Path) -> RetailImport:
    """Import a file; raises RetailFormatError when it cannot be read or is not in the format."""
    return import_content(read_file(path), path.name)


def import_content(content: bytes, file: str) -> RetailImport:
    """Import a file's content; `file` is its name in errors and in the report."""
    ledger = Ledger()
    invoices = Invoices(ledger)
    read = 0
    used: list[Row] = []
    for row in rows(content, file):
        read += 1
        if dropped := why_dropped(row):
            ledger.note(dropped[0], row.line, dropped[1])
        elif invoices.add(row):
            used.append(row)
    if not read:
        raise RetailFormatError("there is a header but no row below it", file=file)
    goods = products(used, ledger)
    orders, cancellations = _orders_and_cancellations(
        invoices, {product.sku: product.unit_price_minor for product in goods}, ledger
    )
    return RetailImport(goods, orders, cancellations, ledger.report(file, read, len(used)))


def _orders_and_cancellations(
    invoices: Invoices, prices: Mapping[str, int], ledger: Ledger
) -> tuple[tuple[RetailOrder, ...], tuple[RetailCancellation, ...]]:
    orders: list[RetailOrder] = []
    cancellations, sales = [], Sales()
    positions = Counter[date]()
    for invoice in invoices:
        positions[invoice.placed_on] += 1
        position = positions[invoice.placed_on]
        if invoice.kind == "C":
            cancellations.append(_cancellation(invoice, position, sales, ledger))
        else:
            sales.sell(invoice)
            orders.extend(_orders(invoice, position, prices, ledger))
    return tuple(orders), tuple(cancellations)


def _orders(
    sale: Invoice, position: int, prices: Mapping[str, int], ledger: Ledger
) -> Iterator[RetailOrder]:
    country = country_code(sale.country)
    if country is None:
        ledger.note(Changed.COUNTRY_UNKNOWN, sale.line, sale.country[:40] or "(none)")
    for part, lines in enumerate(parcels(sale.lines, prices), 1):
        if part == 2:  # noqa: PLR2004  # there is more than one
            ledger.note(Changed.DIVIDED, sale.line)
        yield RetailOrder(
            sale.number if part == 1 else f"{sale.number}-{part}",
            sale.placed_on,
            position,
            sale.customer,
            country or HOME,
            lines,
        )


def _cancellation(
    returned: Invoice, position: int, sales: Sales, ledger: Ledger
) -> RetailCancellation:
    cancels, wholly = sales.take_back(returned)
    if cancels is None:
        ledger.note(Changed.NO_EARLIER_SALE, returned.line)
    elif not wholly:
        ledger.note(Changed.PART_RETURNED, returned.line)
    return RetailCancellation(
        returned.number, returned.placed_on, position, returned.customer, returned.lines, cancels
    )


def products(used: Iterable[Row], ledger: Ledger) -> tuple[Product, ...]:
    """Describe every product by its most frequent description and price, the first seen if equal."""
    by_sku: defaultdict[str, list[Row]] = defaultdict(list)
    for row in used:
        by_sku[row.sku].append(row)
    return tuple(_product(sku, by_sku[sku], ledger) for sku in sorted(by_sku))


def _product(sku: str, rows: list[Row], ledger: Ledger) -> Product:
    price = Counter(row.price_minor for row in rows).most_common(1)[0][0]
    names = Counter(row.description for row in rows if row.description).most_common(1)
    if not names:
        ledger.note(Changed.NO_NAME, rows[0].line)
    name = names[0][0] if names else sku
    if len(name) > PRODUCT_NAME_MAX:
        ledger.note(Changed.NAME_CUT, rows[0].line)
    for row in rows:
        if names and row.description != name:
            ledger.note(Changed.OTHER_NAME, row.line)
        if row.price_minor != price:
            ledger.note(Changed.OTHER_PRICE, row.line)
        if row.price * 100 != row.price_minor:
            ledger.note(Changed.PRICE_ROUNDED, row.line)
        if row.code != sku:
            ledger.note(Changed.CODE_CASE, row.line)
    return Product(sku=sku, name=name[:PRODUCT_NAME_MAX].strip(), unit_price_minor=price)


HOME = "GB"
"""Where the shop is: for customers whose country has no code."""

_CODES = {
    "Australia": "AU", "Austria": "AT", "Bahrain": "BH", "Belgium": "BE", "Bermuda": "BM",
    "Brazil": "BR", "Canada": "CA", "Cyprus": "CY", "Czech Republic": "CZ", "Denmark": "DK",
    "EIRE": "IE", "Finland": "FI", "France": "FR", "Germany": "DE", "Greece": "GR",
    "Hong Kong": "HK", "Iceland": "IS", "Israel": "IL", "Italy": "IT", "Japan": "JP",
    "Korea": "KR", "Lebanon": "LB", "Lithuania": "LT", "Malta": "MT", "Netherlands": "NL",
    "Nigeria": "NG", "Norway": "NO", "Poland": "PL", "Portugal": "PT", "RSA": "ZA",
    "Saudi Arabia": "SA", "Singapore": "SG", "Spain": "ES", "Sweden": "SE", "Switzerland": "CH",
    "Thailand": "TH", "USA": "US", "United Arab Emirates": "AE", "United Kingdom": "GB",
    "Channel Islands": "JE",  # they share no code; Jersey is the larger
}  # fmt: skip


def country_code(name: str) -> str | None:
    """Return the code of a country as the file names it; None for `Unspecified` and the like."""
    return _CODES.get(name)
