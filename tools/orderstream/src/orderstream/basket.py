"""What is to be bought: read from the command line, or picked at random."""

import random
import re
from collections.abc import Sequence

from events.limits import AMOUNT_MAX, AMOUNT_MIN, UNITS_MAX

from orderstream.client import Document
from orderstream.failing import CommandError

# SKUs hold no small letters as this shop writes them, nor any of the other signs.
WITH_QUANTITY = re.compile(r"(?P<sku>.+?)[x\u00d7:*](?P<quantity>\d{1,6})")
MOST_UNITS = 6

Lines = list[tuple[str, int]]


def read_lines(items: Sequence[str]) -> Lines:
    """Read each `SKU`, `SKUx2` or `SKU:2` (a multiplication sign will do); a SKU named twice adds up.

    Raises:
        CommandError: one of them is none of these.
    """
    wanted: dict[str, int] = {}
    for item in items:
        match = WITH_QUANTITY.fullmatch(item)
        sku, quantity = (match["sku"], int(match["quantity"])) if match else (item, 1)
        if quantity == 0 or not sku.strip():
            raise CommandError(
                f"{item!r} is not so many of a product. Write it as 85123A or 85123Ax2"
            )
        wanted[sku.strip()] = wanted.get(sku.strip(), 0) + quantity
    return list(wanted.items())


def pick_lines(products: Sequence[Document], count: int) -> Lines:
    """Pick so many different products, a few of each: no more than one order can hold.

    A product that is free, or so expensive that its share of the order buys none, is left out.
    """
    share = AMOUNT_MAX // count
    sold = [one for one in products if AMOUNT_MIN <= one["unit_price"]["amount"] <= share]
    picked = random.sample(sold, min(count, len(sold)))
    return [(str(one["sku"]), _few(share // one["unit_price"]["amount"], count)) for one in picked]


def _few(affordable: int, lines: int) -> int:
    return random.randint(1, min(MOST_UNITS, affordable, UNITS_MAX // lines))  # noqa: S311  # not a secret
