"""Opening an upstream: its instances, the balancer over them, probes, and a cache where it may be."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
from servicekit.calling import LaneTransport

from gateway.background import running
from gateway.upstreams.addresses import Addresses
from gateway.upstreams.balancing import BalancingTransport
from gateway.upstreams.budget import RetryBudget
from gateway.upstreams.caching import cached
from gateway.upstreams.pool import Pool
from gateway.upstreams.probing import Prober
from gateway.upstreams.upstream import Upstream


def order_service(addresses: str) -> AbstractAsyncContextManager[Upstream]:
    """The order API: what it says is each customer's own, and never kept."""
    return open_upstream("order-api", addresses, "order_service_unavailable")


def inventory_service(addresses: str) -> AbstractAsyncContextManager[Upstream]:
    """The inventory API: products are the same for everybody."""
    return open_upstream("inventory-api", addresses, "inventory_service_unavailable", caching=True)


def notifier_service(addresses: str) -> AbstractAsyncContextManager[Upstream]:
    """The notifier's API: where customers' webhooks go."""
    return open_upstream("notifier-api", addresses, "notifier_service_unavailable")


@asynccontextmanager
async def open_upstream(
    name: str, addresses: str, away: str, *, caching: bool = False
) -> AsyncIterator[Upstream]:
    """An upstream whose instances are probed for as long as the block lasts.

    `addresses` is a setting as `Addresses` reads it; `away` the code of the problem that clients are
    told of while no instance answers. With `caching` only what may be cached for all is asked of it.
    """
    pool = Pool(Addresses(addresses))
    balancer = BalancingTransport(pool, RetryBudget(), LaneTransport())
    transport: httpx.AsyncBaseTransport = cached(balancer) if caching else balancer
    async with LaneTransport() as probes, transport, running(Prober(name, pool, probes).run()):
        yield Upstream(name, away, balancer, transport)
