"""Opening a gateway at start, closing it at the end: connections, topics, relay, health."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import asyncpg
import httpx
from messaging.patience import repeat
from messaging.publisher import Publisher
from messaging.relay import Relay
from servicekit import Health, Sealer, database_check, kafka_check, open_pool
from servicekit.calling import open_client

from gateway.acceptance import Accepted, NewOrder, OrderBook
from gateway.background import running
from gateway.catalogue import Catalogue
from gateway.fault_plans import FaultPlans
from gateway.gateway import Gateway
from gateway.grouping import Grouping
from gateway.in_hand import InHand
from gateway.issuer import Issuer
from gateway.limiting.counters import open_counters
from gateway.limiting.limiter import Limiter
from gateway.live.dashboard_feed import dashboard_feed
from gateway.live.news import follow_orders
from gateway.live.subscriptions import Subscriptions
from gateway.live.tickets import Tickets
from gateway.order_api import OrderApi
from gateway.placing import Counter
from gateway.pressure.backlog import LOOK_EVERY_S, Backlog
from gateway.pressure.pressure import Pressure
from gateway.settings import GatewaySettings
from gateway.signing_keys import SigningKeys
from gateway.tokens import TokenVerifier
from gateway.upstreams.addresses import Addresses
from gateway.upstreams.availability import AvailabilityClient
from gateway.upstreams.opening import inventory_service, order_service
from gateway.upstreams.rpc_channel import RpcChannel
from gateway.upstreams.upstream import Upstream
from gateway.waiting import Waiters

PURGE_EVERY_S = 3600
CLOSE_TIMEOUT_S = 3

Write = Callable[[Sequence[NewOrder]], Awaitable[list[Accepted]]]


@asynccontextmanager
async def open_gateway(settings: GatewaySettings, health: Health) -> AsyncIterator[Gateway]:
    """Open the database, follow the topics, relay the outbox; on the way out, relay what is left."""
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(_pool(settings))
        relay = await stack.enter_async_context(_relay(settings, pool))
        issuer = await stack.enter_async_context(open_client(""))
        orders = await stack.enter_async_context(order_service(settings.order_api_urls))
        inventory = await stack.enter_async_context(inventory_service(settings.inventory_api_urls))
        rpc = RpcChannel(Addresses(settings.inventory_grpc_urls).look)
        stack.push_async_callback(rpc.close)
        counters = await stack.enter_async_context(open_counters(settings.redis_url))
        gateway = _assemble(
            settings,
            pool,
            relay,
            limiter=Limiter(counters, settings.rate_limit_scale),
            issuer=issuer,
            orders=orders,
            inventory=inventory,
            rpc=rpc,
        )
        _watch_health(health, gateway, settings)
        await stack.enter_async_context(running(*_background(gateway, settings)))
        yield gateway


def _watch_health(health: Health, gateway: Gateway, settings: GatewaySettings) -> None:
    """Ready is who knows the prices. All else every replica lacks at the same time, if it is away.

    So taking replicas out of rotation would help nobody: what can be answered is answered, the rest
    is refused with 503. Without Kafka orders are accepted, without the order service as well;
    without the database products and most orders can still be read.
    """
    health.add("catalogue", gateway.catalogue.check)
    health.add("database", database_check(gateway.pool), required=False)
    health.add("kafka", kafka_check(settings.kafka_bootstrap), required=False)
    if settings.redis_url is not None:
        health.add("rate-limits", gateway.limiter.check, required=False)
    health.add("order-api", gateway.order_api.check, required=False)
    health.add("inventory", gateway.availability.check, required=False)
    health.add("inventory-api", gateway.inventory_api.check, required=False)


def _assemble(
    settings: GatewaySettings,
    pool: asyncpg.Pool,
    relay: Relay,
    *,
    limiter: Limiter,
    issuer: httpx.AsyncClient,
    orders: Upstream,
    inventory: Upstream,
    rpc: RpcChannel,
) -> Gateway:
    catalogue, in_hand = Catalogue(), InHand()
    backlog = Backlog(pool, settings.max_outbox_rows, settings.max_outbox_age_s)
    book = OrderBook(pool, relay)
    fault_plans = FaultPlans(pool) if settings.fault_plans else None
    keys = SigningKeys(Issuer(issuer, settings.jwt_issuer, settings.jwks_url))
    algorithms = settings.jwt_algorithms.split(",")
    return Gateway(
        pool=pool,
        relay=relay,
        catalogue=catalogue,
        counter=Counter(catalogue, Sealer(settings.sealing_key), settings.currency),
        book=book,
        in_hand=in_hand,
        pressure=Pressure(in_hand, backlog, settings.max_unwritten_orders),
        accepting=Grouping(_writer(book, fault_plans), settings.max_unwritten_orders),
        order_api=OrderApi(orders),
        availability=AvailabilityClient(rpc),
        signing_keys=keys,
        tokens=TokenVerifier(keys, settings.jwt_issuer, settings.jwt_audience, algorithms),
        limiter=limiter,
        inventory_api=inventory,
        waiters=Waiters(settings.max_waiting_requests),
        subscriptions=Subscriptions(settings.max_streams),
        tickets=Tickets(pool),
        dashboard=dashboard_feed(settings, catalogue, issuer),
        fault_plans=fault_plans,
    )


def _writer(book: OrderBook, fault_plans: FaultPlans | None) -> Write:
    """How a group of orders is written: at the cost of nothing where there are no fault plans."""
    if fault_plans is None:
        return book.accept

    async def accept_armed(orders: Sequence[NewOrder]) -> list[Accepted]:
        return await book.accept(await fault_plans.arm(orders))

    return accept_armed


def _background(
    gateway: Gateway, settings: GatewaySettings
) -> tuple[Coroutine[Any, Any, None], ...]:
    chores = [
        repeat(gateway.book.purge_keys, PURGE_EVERY_S),
        repeat(gateway.tickets.purge, PURGE_EVERY_S),
        repeat(gateway.pressure.backlog.look, LOOK_EVERY_S),
        repeat(gateway.signing_keys.refresh, settings.jwks_refresh_s),
    ]
    if gateway.fault_plans is not None:
        chores.append(repeat(gateway.fault_plans.purge, PURGE_EVERY_S))
    return (
        gateway.relay.run(),
        gateway.accepting.run(),
        gateway.catalogue.follow(settings.kafka_bootstrap),
        follow_orders(settings.kafka_bootstrap, gateway.waiters, gateway.subscriptions),
        gateway.dashboard.run(settings.kafka_bootstrap),
        *chores,
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
