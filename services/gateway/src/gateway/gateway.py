"""The parts of a running gateway, and how an endpoint comes by them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import asyncpg
from messaging.relay import Relay
from servicekit import is_connection_error
from starlette.requests import HTTPConnection

from gateway.identity.signing_keys import SigningKeys
from gateway.identity.tokens import TokenVerifier
from gateway.limiting.limiter import Limiter
from gateway.live.dashboard_feed import DashboardFeed
from gateway.live.subscriptions import Subscriptions
from gateway.live.tickets import Tickets
from gateway.observing.followers import Followers
from gateway.orders.acceptance import Accepted, NewOrder, OrderBook
from gateway.orders.fault_plans import FaultPlans
from gateway.orders.grouping import FullError, Grouping
from gateway.orders.in_hand import InHand
from gateway.orders.order_api import OrderApi
from gateway.orders.placing import Counter
from gateway.orders.waiting import Waiters
from gateway.pressure.pressure import Pressure
from gateway.problems.problem import ProblemError
from gateway.products.catalogue import Catalogue
from gateway.upstreams.availability import AvailabilityClient
from gateway.upstreams.upstream import Upstream
from gateway.webhooks.subscriptions import Webhooks


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Everything that the endpoints work with. No `fault_plans` in production."""

    pool: asyncpg.Pool
    relay: Relay
    catalogue: Catalogue
    counter: Counter
    book: OrderBook
    in_hand: InHand
    pressure: Pressure
    accepting: Grouping[NewOrder, Accepted]
    order_api: OrderApi
    availability: AvailabilityClient
    signing_keys: SigningKeys
    inventory_api: Upstream
    webhooks: Webhooks
    tokens: TokenVerifier
    limiter: Limiter
    waiters: Waiters
    subscriptions: Subscriptions
    tickets: Tickets
    dashboard: DashboardFeed
    followers: Followers
    fault_plans: FaultPlans | None


def gateway_of(request: HTTPConnection) -> Gateway:
    """The gateway that a request came to."""
    gateway: Gateway = request.app.state.gateway
    return gateway


@contextmanager
def database_or_503() -> Iterator[None]:
    """Tell the client when the database is away, or has more to do than it can.

    Raises:
        ProblemError: instead of what the database driver raised.
    """
    try:
        yield
    except FullError:
        raise ProblemError("overloaded", "Too many orders are waiting to be accepted.") from None
    except Exception as error:
        if not is_connection_error(error):
            raise
        raise ProblemError("database_unavailable", "Orders cannot be written just now.") from error
