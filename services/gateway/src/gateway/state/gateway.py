"""The parts of a running gateway, and how an endpoint comes by them."""

from dataclasses import dataclass

import asyncpg
from messaging import Relay
from starlette.requests import HTTPConnection

from gateway.auth.signing_keys import SigningKeys
from gateway.auth.tokens import TokenVerifier
from gateway.intake.fault_plans import FaultPlans
from gateway.intake.order_intake import OrderIntake
from gateway.intake.pricing import Catalogue
from gateway.observing.consumer_groups import ConsumerGroups
from gateway.rate_limiting.limiter import Limiter
from gateway.reads.long_poll import LongPoll
from gateway.reads.orders import OrderReader
from gateway.state.load_shedding import OrderLoad
from gateway.streams.dashboard import DashboardFeed
from gateway.streams.fan_out import OrderStreams
from gateway.streams.tickets import Tickets
from gateway.upstreams.availability import AvailabilityClient
from gateway.upstreams.upstream import Upstream
from gateway.webhooks.subscriptions import Webhooks


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Everything that the endpoints work with; they hand on what a function needs, never the whole.

    `products` is the inventory service's API. There are no `fault_plans` in production.
    """

    pool: asyncpg.Pool
    relay: Relay
    catalogue: Catalogue
    intake: OrderIntake
    load: OrderLoad
    orders: OrderReader
    availability: AvailabilityClient
    signing_keys: SigningKeys
    products: Upstream
    webhooks: Webhooks
    tokens: TokenVerifier
    limiter: Limiter
    long_poll: LongPoll
    order_streams: OrderStreams
    tickets: Tickets
    dashboard: DashboardFeed
    consumer_groups: ConsumerGroups
    fault_plans: FaultPlans | None


def gateway_of(request: HTTPConnection) -> Gateway:
    """Return the gateway that a request came to; for endpoints only."""
    gateway: Gateway = request.app.state.gateway
    return gateway
