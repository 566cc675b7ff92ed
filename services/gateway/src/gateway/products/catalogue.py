"""What the shop sells and for how much: what new orders are priced from, kept up to date."""

import asyncio
from dataclasses import dataclass

from events import Envelope, Money, ProductListed
from events.topics import PRODUCT_CATALOG
from messaging.reader import TopicReader

from gateway.problems.problem import ProblemError


@dataclass(frozen=True, slots=True)
class Product:
    """What is sold under a SKU, and for how much; `sequence` counts what inventory said about it."""

    sku: str
    name: str
    unit_price: Money
    sequence: int


class Catalogue:
    """The latest listing of every product; `complete` once all that was listed has been heard."""

    def __init__(self) -> None:
        self.complete = asyncio.Event()
        self._products: dict[str, Product] = {}

    async def follow(self, bootstrap: str) -> None:
        """Hear all that was ever listed, and then what is listed anew, until cancelled."""
        reader = TopicReader(bootstrap, PRODUCT_CATALOG, self.hear, from_beginning=True)
        self.complete = reader.caught_up
        await reader.run()

    def hear(self, envelope: Envelope) -> None:
        """Take over a listing, unless a newer one was heard before."""
        event = envelope.event
        if not isinstance(event, ProductListed):
            return
        known = self._products.get(event.sku)
        if known is not None and known.sequence > envelope.sequence:
            return
        self._products[event.sku] = Product(
            event.sku, event.name, event.unit_price, envelope.sequence
        )

    def find(self, sku: str) -> Product | None:
        """The product that is sold under a SKU."""
        return self._products.get(sku)

    def require_ready(self) -> None:
        """Refuse to go on with a part of the catalogue only.

        Raises:
            ProblemError: what was listed before the start has not been heard to the end.
        """
        if not self.complete.is_set():
            raise ProblemError(
                "catalogue_not_ready", "Prices are not known yet; the catalogue is being read."
            )

    async def check(self) -> str | None:
        """What keeps the catalogue from being used, for readiness."""
        return None if self.complete.is_set() else "still being read"
