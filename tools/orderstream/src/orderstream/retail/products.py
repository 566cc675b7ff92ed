"""One name and one price for every product, out of what its rows say."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from events.limits import PRODUCT_NAME_MAX

from orderstream.retail.ledger import Ledger
from orderstream.retail.model import Product
from orderstream.retail.report import Changed
from orderstream.retail.rows import Row


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
