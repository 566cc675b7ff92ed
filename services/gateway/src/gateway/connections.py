"""What a gateway is connected to: opened together, closed in the opposite order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import asyncpg
import httpx
from messaging.publisher import Publisher
from messaging.relay import Relay
from servicekit import open_pool
from servicekit.calling import open_client
from servicekit.schema import require_schema

from gateway.limiting.counters import Counters, open_counters
from gateway.settings import GatewaySettings
from gateway.upstreams.addresses import Addresses
from gateway.upstreams.opening import inventory_service, notifier_service, order_service
from gateway.upstreams.rpc_channel import RpcChannel
from gateway.upstreams.upstream import Upstream

CLOSE_TIMEOUT_S = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """Everything outside of the process that a gateway works with.

    `http` calls whom no balancer stands before: the token issuer, and whose health is shown.
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
    relay = Relay(pool, publisher, "gateway")
    try:
        yield relay
    finally:
        await relay.drain()
        await publisher.stop()
