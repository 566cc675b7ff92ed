"""What a gateway is connected to: opened together, closed in the opposite order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import asyncpg
import httpx
from messaging import Publisher, Relay, set_aside_unpublishable
from servicekit import open_pool
from servicekit.http_client import ConnectionPerCallTransport, open_client
from servicekit.schema import require_schema

from gateway.rate_limiting.counters import Counters, open_counters
from gateway.settings import GatewaySettings
from gateway.state.tasks import running
from gateway.upstreams.addresses import Addresses
from gateway.upstreams.balancing import BalancingTransport
from gateway.upstreams.breaker import RetryBudget
from gateway.upstreams.caching import cached
from gateway.upstreams.health_checks import Prober
from gateway.upstreams.pool import Pool
from gateway.upstreams.rpc_channel import RpcChannel
from gateway.upstreams.upstream import Upstream

CLOSE_TIMEOUT_S = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """Everything outside of the process that a gateway works with.

    `http` is for calls without a balancer: the token issuer, and the health of processes.
    """

    pool: asyncpg.Pool
    relay: Relay
    http: httpx.AsyncClient
    orders: Upstream
    inventory: Upstream
    notifier: Upstream
    rpc: RpcChannel
    counters: Counters


@asynccontextmanager
async def open_connections(settings: GatewaySettings) -> AsyncIterator[Connections]:
    """Open them all; on the way out, relay what is left before the database is closed."""
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(_pool(settings))
        rpc = RpcChannel(Addresses(settings.inventory_grpc_urls).look)
        stack.push_async_callback(rpc.close)
        yield Connections(
            pool=pool,
            relay=await stack.enter_async_context(_relay(settings, pool)),
            http=await stack.enter_async_context(open_client("")),
            orders=await stack.enter_async_context(order_service(settings.order_api_urls)),
            inventory=await stack.enter_async_context(
                inventory_service(settings.inventory_api_urls)
            ),
            notifier=await stack.enter_async_context(notifier_service(settings.notifier_api_urls)),
            rpc=rpc,
            counters=await stack.enter_async_context(open_counters(settings.redis_url)),
        )


@asynccontextmanager
async def _pool(settings: GatewaySettings) -> AsyncIterator[asyncpg.Pool]:
    await require_schema("gateway", settings.database_url, settings.start_wait_s)
    pool = await open_pool(settings.database_url)
    try:
        yield pool
    finally:
        try:
            await asyncio.wait_for(pool.close(), CLOSE_TIMEOUT_S)
        except TimeoutError:
            pool.terminate()


@asynccontextmanager
async def _relay(settings: GatewaySettings, pool: asyncpg.Pool) -> AsyncIterator[Relay]:
    publisher = Publisher(settings.kafka_bootstrap, f"gateway-relay-{settings.instance}")
    relay = Relay(pool, publisher, set_aside_unpublishable("gateway"))
    try:
        yield relay
    finally:
        await relay.drain()
        await publisher.stop()


def order_service(addresses: str) -> AbstractAsyncContextManager[Upstream]:
    """Open the order API, whose responses are each customer's own and never cached."""
    return open_upstream("order-api", addresses, "order_service_unavailable")


def inventory_service(addresses: str) -> AbstractAsyncContextManager[Upstream]:
    """Open the inventory API, whose responses are the same for all and cached."""
    return open_upstream("inventory-api", addresses, "inventory_service_unavailable", caching=True)


def notifier_service(addresses: str) -> AbstractAsyncContextManager[Upstream]:
    """Open the notifier's API, which keeps webhook subscriptions."""
    return open_upstream("notifier-api", addresses, "notifier_service_unavailable")


@asynccontextmanager
async def open_upstream(
    name: str, addresses: str, unavailable: str, *, caching: bool = False
) -> AsyncIterator[Upstream]:
    """Open an upstream whose instances are probed for as long as the block lasts.

    `addresses` is a setting as `Addresses` reads it; `unavailable` the code of the problem that clients
    get while no instance answers. With `caching` only what may be cached for all is asked of it.
    """
    pool = Pool(Addresses(addresses))
    balancer = BalancingTransport(pool, RetryBudget(), ConnectionPerCallTransport())
    transport: httpx.AsyncBaseTransport = cached(balancer) if caching else balancer
    async with (
        ConnectionPerCallTransport() as probes,
        transport,
        running(Prober(name, pool, probes).run()),
    ):
        yield Upstream(name, unavailable, balancer, transport)
