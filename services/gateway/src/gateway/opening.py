"""Opening a gateway at start, closing it at the end: connections, topics, relay, health."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import asyncpg
import httpx
from messaging.patience import repeat
from messaging.publisher import Publisher
from messaging.relay import Relay
from servicekit import Health, Sealer, database_check, kafka_check, open_pool
from servicekit.calling import open_client

from gateway.acceptance import OrderBook
from gateway.background import running
from gateway.catalogue import Catalogue
from gateway.gateway import Gateway
from gateway.grouping import Grouping
from gateway.order_api import OrderApi
from gateway.placing import Counter
from gateway.settings import GatewaySettings
from gateway.signing_keys import SigningKeys
from gateway.tokens import TokenVerifier
from gateway.waiting import Waiters

PURGE_EVERY_S = 3600
CLOSE_TIMEOUT_S = 3


@asynccontextmanager
async def open_gateway(settings: GatewaySettings, health: Health) -> AsyncIterator[Gateway]:
    """Open the database, follow the topics, relay the outbox; on the way out, relay what is left."""
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(_pool(settings))
        relay = await stack.enter_async_context(_relay(settings, pool))
        issuer = await stack.enter_async_context(open_client(""))
        orders = await stack.enter_async_context(open_client(settings.order_api_url))
        gateway = _assemble(settings, pool, relay, issuer, orders)
        health.add("database", database_check(pool))
        health.add("kafka", kafka_check(settings.kafka_bootstrap))
        health.add("catalogue", gateway.catalogue.check)
        health.add("order-api", gateway.order_api.check)
        await stack.enter_async_context(running(*_background(gateway, settings)))
        yield gateway


def _assemble(
    settings: GatewaySettings,
    pool: asyncpg.Pool,
    relay: Relay,
    issuer: httpx.AsyncClient,
    orders: httpx.AsyncClient,
) -> Gateway:
    catalogue = Catalogue()
    book = OrderBook(pool, relay)
    keys = SigningKeys(issuer, settings.jwks_url)
    return Gateway(
        pool=pool,
        relay=relay,
        catalogue=catalogue,
        counter=Counter(catalogue, Sealer(settings.sealing_key), settings.currency),
        book=book,
        accepting=Grouping(book.accept, settings.max_unwritten_orders),
        order_api=OrderApi(orders),
        tokens=TokenVerifier(keys, settings.jwt_issuer, settings.jwt_audience),
        waiters=Waiters(settings.max_waiting_requests),
    )


def _background(
    gateway: Gateway, settings: GatewaySettings
) -> tuple[Coroutine[Any, Any, None], ...]:
    return (
        gateway.relay.run(),
        gateway.accepting.run(),
        gateway.catalogue.follow(settings.kafka_bootstrap),
        gateway.waiters.follow(settings.kafka_bootstrap),
        repeat(gateway.book.purge_keys, PURGE_EVERY_S),
    )


@asynccontextmanager
async def _pool(settings: GatewaySettings) -> AsyncIterator[asyncpg.Pool]:
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
    relay = Relay(pool, publisher)
    try:
        yield relay
    finally:
        await relay.drain()
        await publisher.stop()
