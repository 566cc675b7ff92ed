"""What an import yields: products, orders and cancellations as our system takes them."""

from dataclasses import dataclass
from datetime import date

from orderstream.retail.report import ImportReport

CURRENCY = "GBP"

Lines = tuple[tuple[str, int], ...]
"""Pairs of SKU and quantity; every SKU once, every quantity from 1 to 10,000."""


@dataclass(frozen=True, slots=True)
class Product:
    """Something the shop sells, at one price per unit in minor units (pence)."""

    sku: str
    name: str
    unit_price_minor: int
    currency: str = CURRENCY


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
