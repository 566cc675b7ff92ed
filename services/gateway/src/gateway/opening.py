"""Putting a running gateway together: its parts, what runs beside the requests, its health."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

from messaging.patience import repeat
from messaging.topics import require_topics
from messaging.unpublishable import OutboxRedriver
from servicekit import Health, Sealer
from servicekit.broker import broker_problem

from gateway.background import running
from gateway.connections import Connections, open_connections
from gateway.gateway import Gateway
from gateway.identity.issuer import Issuer
from gateway.identity.signing_keys import SigningKeys
from gateway.identity.tokens import TokenVerifier
from gateway.limiting.limiter import Limiter
from gateway.live.dashboard_feed import dashboard_feed
from gateway.live.news import follow_orders
from gateway.live.subscriptions import Subscriptions
from gateway.live.tickets import Tickets
from gateway.observing.followers import Followers
from gateway.orders.acceptance import Accepted, NewOrder, OrderBook
from gateway.orders.fault_plans import FaultPlans
from gateway.orders.grouping import Grouping
from gateway.orders.in_hand import InHand
from gateway.orders.order_api import OrderApi
from gateway.orders.placing import Counter
from gateway.orders.waiting import Waiters
from gateway.pressure.backlog import LOOK_EVERY_S, Backlog
from gateway.pressure.pressure import Pressure
from gateway.products.catalogue import Catalogue
from gateway.readiness import watch_health
from gateway.settings import GatewaySettings
from gateway.upstreams.availability import AvailabilityClient
from gateway.webhooks.subscriptions import Webhooks

PURGE_EVERY_S = 3600

Write = Callable[[Sequence[NewOrder]], Awaitable[list[Accepted]]]


@asynccontextmanager
async def open_gateway(settings: GatewaySettings, health: Health) -> AsyncIterator[Gateway]:
    """Open the database, follow the topics, relay the outbox; on the way out, relay what is left."""
    await _require_topics(settings)
    async with open_connections(settings) as connections:
        gateway = _assemble(settings, connections)
        watch_health(health, gateway, settings)
        async with running(*_background(gateway, settings)):
            yield gateway


async def _require_topics(settings: GatewaySettings) -> None:
    """Refuse a broker without our topics. One that is away is none: orders are read without it."""
    if await broker_problem(settings.kafka_bootstrap) is None:
        await require_topics("gateway", settings.kafka_bootstrap, settings.start_wait_s)


def _assemble(settings: GatewaySettings, to: Connections) -> Gateway:
    catalogue, in_hand = Catalogue(), InHand()
    backlog = Backlog(to.pool, settings.max_outbox_rows, settings.max_outbox_age_s)
    book = OrderBook(to.pool, to.relay)
    fault_plans = FaultPlans(to.pool) if settings.fault_plans else None
    keys = SigningKeys(Issuer(to.http, settings.jwt_issuer, settings.jwks_url))
    algorithms = settings.jwt_algorithms.split(",")
    return Gateway(
        pool=to.pool,
        relay=to.relay,
        catalogue=catalogue,
        counter=Counter(catalogue, Sealer(settings.sealing_key), settings.currency),
        book=book,
        in_hand=in_hand,
        pressure=Pressure(in_hand, backlog, settings.max_unwritten_orders),
        accepting=Grouping(_writer(book, fault_plans), settings.max_unwritten_orders),
        order_api=OrderApi(to.orders),
        availability=AvailabilityClient(to.rpc),
        signing_keys=keys,
        tokens=TokenVerifier(keys, settings.jwt_issuer, settings.jwt_audience, algorithms),
        limiter=Limiter(to.counters, settings.rate_limit_scale),
        inventory_api=to.inventory,
        webhooks=Webhooks(to.notifier),
        waiters=Waiters(settings.max_waiting_requests),
        subscriptions=Subscriptions(settings.max_streams),
        tickets=Tickets(to.pool),
        dashboard=dashboard_feed(settings, catalogue, to.http),
        followers=Followers(settings.kafka_bootstrap),
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
        OutboxRedriver(gateway.pool, "gateway").run(),
        gateway.accepting.run(),
        gateway.catalogue.follow(settings.kafka_bootstrap),
        follow_orders(settings.kafka_bootstrap, gateway.waiters, gateway.subscriptions),
        gateway.dashboard.run(settings.kafka_bootstrap),
        gateway.followers.run(),
        *chores,
    )
