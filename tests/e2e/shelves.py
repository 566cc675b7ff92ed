"""What the shop of the tests sells: a product for each test that counts, some for everybody."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from events.limits import AMOUNT_MAX

UNITS = 10
OWN_PRODUCTS = [f"OWN-{number:03}" for number in range(400)]
"""Products of which a test has all units to itself."""
SHARES = 8
"""Among so many workers of pytest-xdist they are shared: these may all be on one system."""
SHARED_PRODUCTS = [f"SHARED-{number}" for number in range(8)]
"""Products with more units than all tests together order."""
DEAR_PRODUCT = "DEAR"
"""One unit costs as much as an order may."""


def own_products() -> Iterator[str]:
    """The products of which this worker's tests may each take some."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return iter(OWN_PRODUCTS[worker % SHARES :: SHARES])


def write_seed_file(path: Path) -> Path:
    """The file that inventory is seeded with."""
    products = [
        {"sku": sku, "name": f"PRODUCT {sku}", "unit_price": price, "on_hand": units}
        for skus, price, units in (
            (OWN_PRODUCTS, 250, UNITS),
            (SHARED_PRODUCTS, 250, 1_000_000),
            ([DEAR_PRODUCT], AMOUNT_MAX, 1_000),
        )
        for sku in skus
    ]
    path.write_text(json.dumps({"currency": "GBP", "products": products}))
    return path
