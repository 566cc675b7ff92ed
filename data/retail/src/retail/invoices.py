"""Gathers rows into invoices, within the bounds that the gateway sets, and finds the sale of what came back."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from events.limits import AMOUNT_MAX, LINE_UNITS_MAX, LINES_MAX, UNITS_MAX

from retail.model import Changed, Dropped, Ledger, Lines
from retail.rows import Row


@dataclass(slots=True)
class Invoice:
    """A sale or a cancellation while its rows are being gathered."""

    number: str
    kind: str
    line: int
    placed_on: date
    customer: str
    country: str
    quantities: dict[str, int] = field(default_factory=dict)

    @property
    def lines(self) -> Lines:
        """The quantity of every product, in the order of the file."""
        return tuple(self.quantities.items())

    def add(self, row: Row, ledger: Ledger) -> bool:
        """Add a row's units; False when there is no room for its product, which is noted."""
        if row.sku not in self.quantities and len(self.quantities) == LINES_MAX:
            ledger.note(Dropped.TOO_MANY_LINES, row.line)
            return False
        if row.sku in self.quantities:
            ledger.note(Changed.LINES_MERGED, row.line)
        units = self.quantities.get(row.sku, 0) + abs(row.quantity)
        if units > LINE_UNITS_MAX:
            ledger.note(Changed.QUANTITY_CAPPED, row.line)
        self.quantities[row.sku] = min(units, LINE_UNITS_MAX)
        return True


class Invoices:
    """All invoices of a file by number, in the order of the file."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._by_number: dict[str, Invoice] = {}

    def __iter__(self) -> Iterator[Invoice]:
        return iter(self._by_number.values())

    def add(self, row: Row) -> bool:
        """Add a row to its invoice; False when it had to be dropped."""
        customer = pseudonym(row)
        invoice = self._by_number.setdefault(
            row.invoice,
            Invoice(row.invoice, row.kind, row.line, row.placed_on, customer, row.country),
        )
        if not invoice.add(row, self._ledger):
            return False
        if not row.customer:
            self._ledger.note(Changed.GUEST, row.line)
        header = (invoice.placed_on, invoice.customer, invoice.country)
        if header != (row.placed_on, customer, row.country):
            self._ledger.note(Changed.OTHER_HEADER, row.line)
        return True


def pseudonym(row: Row) -> str:
    """Name a customer the same way in every import; whoever has no number is a guest of one invoice.

    The file's numbers are pseudonyms already: this gives them the form of our ids, it keeps no secret.
    """
    person = f"customer {row.customer}" if row.customer else f"guest {row.invoice}"
    return f"cus_{sha256(person.encode()).hexdigest()[:24]}"


def parcels(lines: Lines, prices: Mapping[str, int]) -> Iterator[Lines]:
    """Divide lines, in their order, so that each part is as large as an order may be.

    No unit is lost; a line that does not fit goes on in the next part. No price is above the most
    that can be charged.
    """
    part: dict[str, int] = {}
    units_left, money_left = UNITS_MAX, AMOUNT_MAX
    for sku, wanted in lines:
        left = wanted
        while left:
            fitting = min(left, units_left, money_left // prices[sku])
            if not fitting:
                yield tuple(part.items())
                part, units_left, money_left = {}, UNITS_MAX, AMOUNT_MAX
                continue
            part[sku] = fitting
            left -= fitting
            units_left -= fitting
            money_left -= fitting * prices[sku]
    yield tuple(part.items())


class Sales:
    """What every customer bought so far and has not given back yet."""

    def __init__(self) -> None:
        self._by_customer: defaultdict[str, dict[str, Counter[str]]] = defaultdict(dict)

    def sell(self, sale: Invoice) -> None:
        """Remember a sale, for cancellations further down in the file."""
        self._by_customer[sale.customer][sale.number] = Counter(sale.quantities)

    def take_back(self, returned: Invoice) -> tuple[str | None, bool]:
        """Return the number of the sale that goods came from, and whether all of them did.

        It is the customer's sale that holds most of the products in at least that quantity, the latest
        if several do; None when none holds any.
        """
        best, most = None, 0
        for number, kept in self._by_customer[returned.customer].items():
            covered = sum(kept[sku] >= units for sku, units in returned.lines)
            if covered and covered >= most:
                best, most = number, covered
        if best is not None:
            kept = self._by_customer[returned.customer][best]
            kept.subtract({sku: units for sku, units in returned.lines if kept[sku] >= units})
        return best, most == len(returned.lines)
