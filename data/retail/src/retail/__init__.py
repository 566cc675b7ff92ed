"""Real orders for the system: imports the public Online Retail data set."""

from retail.importer import import_content, import_file
from retail.model import (
    Changed,
    Dropped,
    Finding,
    ImportReport,
    Product,
    RetailCancellation,
    RetailImport,
    RetailOrder,
)
from retail.shelves import Catalogue, Shelf, TradingDay, catalogue, first_day, refused, trading_day
from retail.table import RetailFormatError, is_packed, lists_products, read_file

__all__ = [
    "Catalogue",
    "Changed",
    "Dropped",
    "Finding",
    "ImportReport",
    "Product",
    "RetailCancellation",
    "RetailFormatError",
    "RetailImport",
    "RetailOrder",
    "Shelf",
    "TradingDay",
    "catalogue",
    "first_day",
    "import_content",
    "import_file",
    "is_packed",
    "lists_products",
    "read_file",
    "refused",
    "trading_day",
]
