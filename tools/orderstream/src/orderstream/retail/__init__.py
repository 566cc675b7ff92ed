"""Real orders for the system: imports the public Online Retail data set."""

from orderstream.retail.day import TradingDay, trading_day
from orderstream.retail.errors import RetailFormatError
from orderstream.retail.importer import import_content, import_file
from orderstream.retail.model import Product, RetailCancellation, RetailImport, RetailOrder
from orderstream.retail.report import Changed, Dropped, Finding, ImportReport
from orderstream.retail.shelves import Catalogue, Shelf, catalogue, refused

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
    "import_content",
    "import_file",
    "refused",
    "trading_day",
]
