"""Everything that the gateway's endpoints work with, opened at start and closed at the end."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass

import asyncpg
import httpx
from messaging.patience import repeat
from messaging.publisher import Publisher
from messaging.relay import Relay
from servicekit import Health, Sealer, database_check, is_connection_error, kafka_check, open_pool
from starlette.requests import Request

from gateway.acceptance import Accepted, NewOrder, OrderBook
from gateway.background import running
from gateway.catalogue import Catalogue
from gateway.grouping import FullError, Grouping
from gateway.order_api import OrderApi
from gateway.placing import Counter
from gateway.problems import ProblemError
from gateway.settings import GatewaySettings
from gateway.signing_keys import SigningKeys
from gateway.tokens import TokenVerifier
from gateway.waiting import Waiters

PURGE_EVERY_S = 3600
TIMEOUT = httpx.Timeout(3.0, connect=1.0)
# Shorter than uvicorn keeps a connection, so that it is rarely closed while we use it.
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=50, keepalive_expiry=2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """The parts of a running gateway."""

    pool: asyncpg.Pool
    relay: Relay
    catalogue: Catalogue
    counter: Counter
    book: OrderBook
    accepting: Grouping[NewOrder, Accepted]
    order_api: OrderApi
    tokens: TokenVerifier
    waiters: Waiters


def gateway_of(request: Request) -> Gateway:
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


@asynccontextmanager
async def open_gateway(settings: GatewaySettings, health: Health) -> AsyncIterator[Gateway]:
    """Open the database, follow the topics, relay the outbox; on the way out, relay what is left."""
    async with AsyncExitStack() as stack:
        pool = await open_pool(settings.database_url)
        stack.push_async_callback(_close, pool)
        publisher = Publisher(settings.kafka_bootstrap, f"gateway-relay-{settings.instance}")
        stack.push_async_callback(publisher.stop)
        relay = Relay(pool, publisher)
        stack.push_async_callback(relay.drain)
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=TIMEOUT, limits=LIMITS))
        orders = await stack.enter_async_context(
            httpx.AsyncClient(base_url=settings.order_api_url, timeout=TIMEOUT, limits=LIMITS)
        )
        catalogue = Catalogue()
        waiters = Waiters(settings.max_waiting_requests)
        book = OrderBook(pool, relay)
        gateway = Gateway(
            pool=pool,
            relay=relay,
            catalogue=catalogue,
            counter=Counter(catalogue, Sealer(settings.sealing_key), settings.currency),
            book=book,
            accepting=Grouping(book.accept, settings.max_unwritten_orders),
            order_api=OrderApi(orders),
            tokens=TokenVerifier(
                SigningKeys(http, settings.jwks_url), settings.jwt_issuer, settings.jwt_audience
            ),
            waiters=waiters,
        )
        health.add("database", database_check(pool))
        health.add("kafka", kafka_check(settings.kafka_bootstrap))
        health.add("catalogue", catalogue.check)
        health.add("order-api", gateway.order_api.check)
        await stack.enter_async_context(
            running(
                relay.run(),
                gateway.accepting.run(),
                catalogue.follow(settings.kafka_bootstrap),
                waiters.follow(settings.kafka_bootstrap),
                repeat(book.purge_keys, PURGE_EVERY_S),
            )
        )
        yield gateway


async def _close(pool: asyncpg.Pool) -> None:
    try:
        await asyncio.wait_for(pool.close(), 3)
    except TimeoutError:
        pool.terminate()
