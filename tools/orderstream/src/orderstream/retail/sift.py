"""Which rows are sales or returns of products, and why the others are not."""

import re

from events.limits import AMOUNT_MAX

from orderstream.retail.report import Dropped
from orderstream.retail.rows import Row

_PRODUCT = re.compile(r"\d{5}[A-Z]{0,3}|DCGS[A-Z0-9]{1,20}", re.ASCII)
"""Five digits and perhaps letters for the variant; DCGS codes were sold through another site."""

_KNOWN_CODES = {
    "POST": "postage",
    "DOT": "postage of the Dotcom site",
    "C2": "carriage",
    "M": "entered by hand",
    "D": "discount",
    "S": "samples",
    "B": "bad debt",
    "BANK CHARGES": "bank charges",
    "AMAZONFEE": "fee of a marketplace",
    "CRUK": "commission to a charity",
    "PADS": "pads given with cushions",
}


def why_dropped(row: Row) -> tuple[Dropped, str] | None:
    """Return the first reason that a row cannot be used, and its subject; None for a row that can."""
    if not _PRODUCT.fullmatch(row.sku):
        return Dropped.NOT_A_PRODUCT, _named(row.sku)
    if row.kind not in {"", "C"}:
        return Dropped.BOOKKEEPING, f"letter {row.kind}"
    reason = _wrong_quantity(row) or _wrong_price(row)
    return (reason, "") if reason else None


def _named(code: str) -> str:
    return f"{code[:40] or '(none)'} ({_KNOWN_CODES.get(code, 'of unknown meaning')})"


def _wrong_quantity(row: Row) -> Dropped | None:
    if row.quantity == 0:
        return Dropped.NO_QUANTITY
    if row.kind == "C":
        return Dropped.NOT_A_RETURN if row.quantity > 0 else None
    return Dropped.WRITE_OFF if row.quantity < 0 else None


def _wrong_price(row: Row) -> Dropped | None:
    if row.price < 0:
        return Dropped.NEGATIVE_PRICE
    if row.price_minor > AMOUNT_MAX:
        return Dropped.TOO_EXPENSIVE
    return Dropped.NO_PRICE if row.price_minor == 0 else None
