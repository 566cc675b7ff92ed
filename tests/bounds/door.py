"""The gateway's door by itself: what it makes of a body, and of the products that the shop sells."""

import json
from typing import Any

from events import Money, OrderPlaced, ProductListed, Record, decode
from events.limits import AMOUNT_MAX, LINES_MAX, PRODUCT_NAME_MAX, UNITS_MAX
from gateway.http.bodies import Body, parse
from gateway.intake.order_builder import OrderBuilder
from gateway.intake.pricing import Catalogue
from gateway.intake.requests import read_order
from privacy import Sealer
from testkit.samples import enveloped

CURRENCY = "GBP"
LONGEST = "\U0001f381" * PRODUCT_NAME_MAX
PRICES = {"PENNY": 1, "HEAVY": AMOUNT_MAX // UNITS_MAX, "DEAR": AMOUNT_MAX, "FREE": 0}
MANY = [f"{'N' * 35}-{number:04}" for number in range(LINES_MAX + 1)]
"""As many products as an order has lines, and one more, with the longest codes and names."""
VAST = [f"VAST-{number}" for number in range(10)]
"""Products as older releases listed them: their names know no bound."""


def catalogue() -> Catalogue:
    """Everything that the shop sells."""
    made = Catalogue()
    for sku, price in PRICES.items():
        made.consume(enveloped(_listed(sku, LONGEST, price)))
    for sku in MANY:
        made.consume(enveloped(_listed(sku, LONGEST, 1)))
    for sku in VAST:
        made.consume(enveloped(_listed(sku, "x" * 110_000, 1)))
    made.complete.set()
    return made


def accept(body: dict[str, Any], sealer: Sealer) -> tuple[OrderPlaced, Record]:
    """What is said of an order that comes to the door, with its record.

    Raises:
        ProblemError: it is refused.
    """
    raw = json.dumps(body).encode()
    sent = Body(raw, parse(raw))
    builder = OrderBuilder(CATALOGUE, sealer, CURRENCY)
    record = builder.build(read_order(sent), sent, "c" * 64, "a key").record
    event = decode(record.headers, record.value).event
    assert isinstance(event, OrderPlaced)
    return event, record


def _listed(sku: str, name: str, price: int) -> ProductListed:
    return ProductListed(sku=sku, name=name, unit_price=Money(amount=price, currency=CURRENCY))


CATALOGUE = catalogue()
