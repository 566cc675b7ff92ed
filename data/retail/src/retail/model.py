"""What an import yields: products, orders and cancellations as our system takes them, and an account of every row."""

from dataclasses import dataclass
from datetime import date
from enum import Enum


class Dropped(Enum):
    """Why a row is in no order and no cancellation."""

    NOT_A_PRODUCT = "the code is no product"
    BOOKKEEPING = "the invoice is neither a sale nor a cancellation"
    WRITE_OFF = "stock written off: a negative quantity outside a cancellation"
    NO_QUANTITY = "the quantity is zero"
    NOT_A_RETURN = "a positive quantity inside a cancellation"
    NO_PRICE = "the price is zero: a stock correction or a gift, not a sale"
    NEGATIVE_PRICE = "the price is negative: a correction of the books"
    TOO_EXPENSIVE = "the price of a unit is more than can be charged for an order"
    TOO_MANY_LINES = "the order has 1,000 other products already, the most that one order may have"


class Changed(Enum):
    """What is different in an order from what the row says; counted in rows unless it says otherwise."""

    GUEST = "no customer known: a guest of this invoice alone, so that the sale is kept"
    CODE_CASE = "stock code in small letters: one product with the code in capitals"
    OTHER_NAME = "another description than the product's most frequent one, which is used"
    NO_NAME = "products that are never described: named by their code"
    NAME_CUT = "products with a description longer than a name may be: its beginning is used"
    OTHER_PRICE = "another price than the product's most frequent one, which is used"
    PRICE_ROUNDED = "a price finer than a penny: rounded to the nearest"
    LINES_MERGED = "the same product once more in one order: added to its line"
    QUANTITY_CAPPED = "more than 10,000 units in one line, the most that it may have: 10,000 kept"
    DIVIDED = "orders that weigh or cost more than one may: made into several of the same customer"
    OTHER_HEADER = "another date, customer or country than the invoice's first row, which is used"
    COUNTRY_UNKNOWN = "orders to a country that has no code: sent to the United Kingdom"
    NO_EARLIER_SALE = "cancellations of a sale that the file does not hold"
    PART_RETURNED = "cancellations of which the earlier sale holds a part only"


Reason = Dropped | Changed


@dataclass(frozen=True, slots=True)
class Finding:
    """How often one thing was dropped or changed, and a line of the file that shows it."""

    reason: Reason
    subject: str
    """What it happened to where one reason has several, such as a code; else empty."""
    count: int
    example_line: int

    def __str__(self) -> str:
        return f"{self.reason.value}: {self.subject}" if self.subject else self.reason.value


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The account of one import: rows read = rows used + rows dropped."""

    file: str
    rows_read: int
    rows_used: int
    dropped: tuple[Finding, ...]
    changed: tuple[Finding, ...]

    @property
    def rows_dropped(self) -> int:
        """How many rows are in no order and no cancellation, for whatever reason."""
        return sum(finding.count for finding in self.dropped)

    def count(self, reason: Reason) -> int:
        """Return how often a reason was met, over all its subjects."""
        return sum(f.count for f in (*self.dropped, *self.changed) if f.reason is reason)


class Ledger:
    """Counts by reason and subject; remembers the first line of each."""

    def __init__(self) -> None:
        self._counts: dict[tuple[Reason, str], int] = {}
        self._first_lines: dict[tuple[Reason, str], int] = {}

    def note(self, reason: Reason, line: int, subject: str = "") -> None:
        """Count one more of this reason, met at this line."""
        key = (reason, subject)
        self._counts[key] = self._counts.get(key, 0) + 1
        self._first_lines.setdefault(key, line)

    def report(self, file: str, rows_read: int, rows_used: int) -> ImportReport:
        """Close the account; reasons in the order of their definition, the most frequent subject first."""
        return ImportReport(
            file=file,
            rows_read=rows_read,
            rows_used=rows_used,
            dropped=tuple(f for reason in Dropped for f in self._findings(reason)),
            changed=tuple(f for reason in Changed for f in self._findings(reason)),
        )

    def _findings(self, reason: Reason) -> list[Finding]:
        found = [
            Finding(reason, subject, count, self._first_lines[reason, subject])
            for (met, subject), count in self._counts.items()
            if met is reason
        ]
        return sorted(found, key=lambda finding: (-finding.count, finding.example_line))


CURRENCY = "GBP"
"""Of the file's prices. A shop in another currency asks as many of its minor units."""

Lines = tuple[tuple[str, int], ...]
"""Pairs of SKU and quantity; every SKU once, every quantity from 1 to 10,000."""


@dataclass(frozen=True, slots=True)
class Product:
    """Something the shop sells, at one price per unit in minor units (pence)."""

    sku: str
    name: str
    unit_price_minor: int


@dataclass(frozen=True, slots=True)
class RetailOrder:
    """A sale: what a customer bought on one invoice, 1 to 1,000 lines.

    An invoice that one order cannot hold makes several: `536830`, `536830-2` and so on.
    """

    number: str
    placed_on: date
    position: int
    """Its place among the sales and cancellations of the day, from 1 and in the order of the file."""
    customer: str
    """`cus_…`: the same for all orders of one customer."""
    country: str
    """ISO 3166-1 alpha-2."""
    lines: Lines


@dataclass(frozen=True, slots=True)
class RetailCancellation:
    """Goods that a customer gave back, with the quantities as positive numbers."""

    number: str
    placed_on: date
    position: int
    """As of an order; a day's sales and cancellations are numbered together."""
    customer: str
    lines: Lines
    cancels: str | None
    """Number of the earlier order that the goods came from; None when the file does not hold it."""


@dataclass(frozen=True, slots=True)
class RetailImport:
    """Everything that one file holds; products by SKU, the rest in the order of the file."""

    products: tuple[Product, ...]
    orders: tuple[RetailOrder, ...]
    cancellations: tuple[RetailCancellation, ...]
    report: ImportReport
