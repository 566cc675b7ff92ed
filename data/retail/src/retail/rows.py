"""One row of the file, its values understood; and why rows that are no sales or returns are dropped."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from events.limits import AMOUNT_MAX

from retail.errors import RetailFormatError
from retail.model import Dropped
from retail.table import Record, records

_INVOICE = re.compile(r"[A-Z]?\d{1,12}", re.ASCII)
_QUANTITY = re.compile(r"[+-]?\d{1,9}", re.ASCII)
_PRICE = re.compile(r"-?\d{1,9}(\.\d{1,20})?", re.ASCII)
_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})( \d{1,2}:\d{2}(:\d{2})?)?", re.ASCII)
_CUSTOMER = re.compile(r"(\d{1,12})(\.0+)?", re.ASCII)  # spreadsheets turn ids into 17850.0


@dataclass(frozen=True, slots=True)
class Row:
    """Units of one stock code on one invoice."""

    line: int
    invoice: str
    code: str
    """As written; `sku` is the same in capitals."""
    description: str
    quantity: int
    placed_on: date
    price: Decimal
    """Of one unit, in pounds."""
    customer: str
    """Empty when the shop did not know the customer."""
    country: str

    @property
    def sku(self) -> str:
        """The stock code in capitals: `85123a` and `85123A` are one product."""
        return self.code.upper()

    @property
    def price_minor(self) -> int:
        """The price of one unit in pence, half a penny rounded up."""
        return int((self.price * 100).quantize(Decimal(1), ROUND_HALF_UP))

    @property
    def kind(self) -> str:
        """The letter before the invoice's number: `C` is a cancellation, none is a sale."""
        return self.invoice[0] if self.invoice[0].isalpha() else ""


def rows(content: bytes, file: str) -> Iterator[Row]:
    """Yield every row of a file's content; the first that cannot be understood is a RetailFormatError."""
    for record in records(content, file):
        yield _row(record, file)


def _row(record: Record, file: str) -> Row:
    line, values = record

    def match(column: str, pattern: re.Pattern[str], wanted: str) -> re.Match[str]:
        found = pattern.fullmatch(values[column])
        if found is None:
            problem = f"{values[column][:40]!r} is not {wanted}"
            raise RetailFormatError(problem, file=file, line=line, column=column)
        return found

    customer = (
        match("CustomerID", _CUSTOMER, "a customer's number")[1] if values["CustomerID"] else ""
    )
    when = match("InvoiceDate", _DATE, "a date as day/month/year, such as 31/12/2010")
    return Row(
        line=line,
        invoice=match("InvoiceNo", _INVOICE, "an invoice number, such as 536365 or C536365")[0],
        code=values["StockCode"],
        description=" ".join(values["Description"].split()),
        quantity=int(match("Quantity", _QUANTITY, "a whole number, such as 6 or -6")[0]),
        placed_on=_date(when, file, line),
        price=Decimal(match("UnitPrice", _PRICE, "a price in pounds, such as 2.55")[0]),
        customer=customer,
        country=values["Country"],
    )


def _date(found: re.Match[str], file: str, line: int) -> date:
    try:
        return date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        problem = f"{found[0]!r} is no day of the calendar when read as day/month/year"
        raise RetailFormatError(problem, file=file, line=line, column="InvoiceDate") from None


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
