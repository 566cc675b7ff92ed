# The public face: names by module. `__init__.py` loads what is listed here on demand.

from .errors import RetailFormatError
from .importer import import_content, import_file
from .model import (
    Changed,
    Dropped,
    Finding,
    ImportReport,
    Product,
    RetailCancellation,
    RetailImport,
    RetailOrder,
)
from .shelves import Catalogue, Shelf, TradingDay, catalogue, first_day, refused, trading_day
from .table import is_packed, lists_products, read_file

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
