"""Putting a running gateway together: its parts, what runs beside the requests, its health."""

from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import httpx
from messaging import OutboxRedriver, TableBacklog, require_topics
from privacy import Sealer
from servicekit import Health, database_check, kafka_check, run_every
from servicekit.broker import broker_problem
from tracing.exporting import exporting

from gateway.auth.signing_keys import Issuer, SigningKeys
from gateway.auth.tokens import TokenVerifier
from gateway.intake.fault_plans import FaultPlans
from gateway.intake.order_builder import OrderBuilder
from gateway.intake.order_intake import OrderIntake
from gateway.intake.pricing import Catalogue
from gateway.intake.store import OrderStore
from gateway.observing.consumer_groups import ConsumerGroups
from gateway.rate_limiting.limiter import Limiter
from gateway.reads.long_poll import LongPoll
from gateway.reads.orders import OrderReader
from gateway.settings import GatewaySettings
from gateway.shares import Shares
from gateway.state.connections import Connections, open_connections
from gateway.state.gateway import Gateway
from gateway.state.load_shedding import REFRESH_EVERY_S, Backlog, OrderLoad
from gateway.state.tasks import running
from gateway.streams.dashboard import DashboardFeed, DashboardStreams
from gateway.streams.dashboard_documents import numbers_of
from gateway.streams.dashboard_health import SystemHealth
from gateway.streams.dashboard_store import DashboardStore
from gateway.streams.fan_out import OrderStreams, consume_status_changes
from gateway.streams.tickets import Tickets
from gateway.upstreams.availability import AvailabilityClient
from gateway.webhooks.subscriptions import Webhooks

PURGE_EVERY_S = 3600
TABLES_EVERY_S = 5


@asynccontextmanager
async def open_gateway(settings: GatewaySettings, health: Health) -> AsyncIterator[Gateway]:
    """Open the database, follow the topics, relay the outbox; on the way out, relay what is left."""
    await _require_topics(settings)
    endpoint = settings.otel_exporter_otlp_endpoint
    async with (
        exporting(endpoint, "gateway", settings.instance, settings.otlp_headers),
        open_connections(settings) as connections,
    ):
        gateway = _assemble(settings, connections)
        watch_health(health, gateway, settings)
        async with running(*_background(gateway, settings)):
            yield gateway


async def _require_topics(settings: GatewaySettings) -> None:
    """Refuse a broker without our topics; an unavailable one is accepted, for orders are read without it."""
    if await broker_problem(settings.kafka_bootstrap) is None:
        await require_topics("gateway", settings.kafka_bootstrap, settings.start_wait_s)


def _assemble(settings: GatewaySettings, to: Connections) -> Gateway:
    limit = settings.max_unwritten_orders
    catalogue, orders = Catalogue(), OrderReader(to.orders, to.pool)
    builder = OrderBuilder(catalogue, Sealer(settings.sealing_key), settings.currency)
    fault_plans = FaultPlans(to.pool) if settings.fault_plans else None
    intake = OrderIntake(builder, OrderStore(to.pool, to.relay), orders, fault_plans, limit)
    backlog = Backlog(to.pool, settings.max_outbox_rows, settings.max_outbox_age_s)
    keys = SigningKeys(Issuer(to.http, settings.jwt_issuer, settings.jwks_url))
    algorithms = settings.jwt_algorithms.split(",")
    return Gateway(
        pool=to.pool,
        relay=to.relay,
        catalogue=catalogue,
        intake=intake,
        load=OrderLoad(intake.in_flight, backlog, limit),
        orders=orders,
        availability=AvailabilityClient(to.rpc),
        signing_keys=keys,
        tokens=TokenVerifier(keys, settings.jwt_issuer, settings.jwt_audience, algorithms),
        limiter=Limiter(to.counters, settings.rate_limit_scale),
        products=to.inventory,
        webhooks=Webhooks(to.notifier),
        long_poll=LongPoll(
            Shares(settings.max_waiting_requests, settings.max_waiting_requests_each)
        ),
        order_streams=OrderStreams(Shares(settings.max_streams, settings.max_streams_each)),
        tickets=Tickets(to.pool),
        dashboard=_dashboard(settings, catalogue, to.http),
        consumer_groups=ConsumerGroups(settings.kafka_bootstrap),
        fault_plans=fault_plans,
    )


def _dashboard(
    settings: GatewaySettings, catalogue: Catalogue, http: httpx.AsyncClient
) -> DashboardFeed:
    """Return the dashboard, whose products the catalogue names."""

    def name_of(sku: str) -> str | None:
        product = catalogue.find(sku)
        return None if product is None else product.name

    board, health = DashboardStore(), SystemHealth(http, settings.health_urls)
    show = partial(numbers_of, currency=settings.currency, name_of=name_of)
    places = Shares(settings.max_dashboards, settings.max_dashboards_each)
    streams = DashboardStreams(places, board, lambda: health.found, show)
    return DashboardFeed(board, health, streams)


def _background(
    gateway: Gateway, settings: GatewaySettings
) -> tuple[Coroutine[Any, Any, None], ...]:
    tasks = [
        run_every(gateway.intake.store.purge_keys, PURGE_EVERY_S),
        run_every(gateway.tickets.purge, PURGE_EVERY_S),
        run_every(gateway.load.backlog.refresh, REFRESH_EVERY_S),
        run_every(gateway.signing_keys.refresh, settings.jwks_refresh_s),
        run_every(TableBacklog(gateway.pool, gateway.relay).look, TABLES_EVERY_S),
    ]
    if gateway.fault_plans is not None:
        tasks.append(run_every(gateway.fault_plans.purge, PURGE_EVERY_S))
    return (
        gateway.relay.run(),
        OutboxRedriver(gateway.pool, "gateway").run(),
        gateway.intake.group_commit.run(),
        gateway.catalogue.follow(settings.kafka_bootstrap),
        consume_status_changes(settings.kafka_bootstrap, gateway.long_poll, gateway.order_streams),
        gateway.dashboard.run(settings.kafka_bootstrap),
        gateway.consumer_groups.run(),
        *tasks,
    )


def watch_health(health: Health, gateway: Gateway, settings: GatewaySettings) -> None:
    """Register the health checks: a gateway is ready once it knows the prices.

    All else that is unavailable is so for every replica at the same time, and taking replicas out of
    rotation would not help: what can be answered is answered, the rest is refused with 503. Without
    Kafka orders are accepted, without the order service as well; without the database products and
    most orders can still be read. Workers that make no progress are named, so that no order waits
    for one unnoticed.
    """
    health.add("catalogue", gateway.catalogue.check)
    health.add("database", database_check(gateway.pool), required=False)
    health.add("kafka", kafka_check(settings.kafka_bootstrap), required=False)
    if settings.redis_url is not None:
        health.add("rate-limits", gateway.limiter.check, required=False)
    health.add("order-api", gateway.orders.upstream.check, required=False)
    health.add("inventory", gateway.availability.check, required=False)
    health.add("inventory-api", gateway.products.check, required=False)
    health.add("notifier-api", gateway.webhooks.upstream.check, required=False)
    health.add_findings(gateway.consumer_groups.absent)
    health.add_findings(gateway.dashboard.health.absent)
