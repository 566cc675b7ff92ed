"""Making the world outside misbehave, for everybody at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from e2e.shop import Shop

EVERY = 1_000_000
"""So many next requests are all there will be."""


@asynccontextmanager
async def misbehaving(shop: Shop, simulator: str, **switches: int) -> AsyncIterator[None]:
    """A simulator with these switches for as long as the block lasts; see `simulators/README.md`."""
    where = shop.system.url(simulator) + "/admin/behaviour"
    (await shop.http.put(where, json=switches)).raise_for_status()
    try:
        yield
    finally:
        (await shop.http.put(where, json={})).raise_for_status()
