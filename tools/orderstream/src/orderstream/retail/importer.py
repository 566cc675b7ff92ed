"""Turns a file of Online Retail rows into products, orders and cancellations."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from orderstream.retail.countries import HOME, country_code
from orderstream.retail.errors import RetailFormatError
from orderstream.retail.invoices import Invoice, Invoices
from orderstream.retail.ledger import Ledger
from orderstream.retail.model import RetailCancellation, RetailImport, RetailOrder
from orderstream.retail.parcels import parcels
from orderstream.retail.products import products
from orderstream.retail.report import Changed
from orderstream.retail.returns import Sales
from orderstream.retail.rows import Row, rows
from orderstream.retail.sift import why_dropped
from orderstream.retail.table import read_file


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
