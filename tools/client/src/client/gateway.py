"""The gateway's client: places, reads, cancels orders and waits for their end; and customers' webhooks."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from secrets import token_hex
from urllib.parse import quote
from uuid import uuid4

import httpx
from events import OrderStatus

from client.asking import PAGE, Requests
from client.fault_plans import FaultPlans
from client.http import open_http
from client.live import SILENCE_S, OrderChanges
from client.refusals import Document, Ledger, NotEndedError
from client.tokens import Tokens

WEBHOOKS = "/v1/webhooks"


class Webhooks:
    """The subscriptions of customers.

    Each method raises `RefusedError` if there is no such subscription or it cannot be had, and
    `NoAnswerError` if there was no usable answer.
    """

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def add(self, customer: str, url: str) -> Document:
        """Have a customer's system told at this address; the answer has the secret."""
        return await self._requests.document("POST", WEBHOOKS, customer, {"url": url})

    async def of(self, customer: str) -> list[Document]:
        """Return all of a customer's, the oldest first."""
        return list((await self._requests.document("GET", WEBHOOKS, customer))["data"])

    async def rotate(self, customer: str, webhook_id: str) -> Document:
        """Have it signed with a new secret as well; the answer has it."""
        path = f"{WEBHOOKS}/{webhook_id}/rotate"
        return await self._requests.document("POST", path, customer)

    async def remove(self, customer: str, webhook_id: str) -> None:
        """Have nothing more told there."""
        await self._requests.ask("DELETE", f"{WEBHOOKS}/{webhook_id}", customer)

    async def deliveries(self, customer: str, webhook_id: str, limit: int) -> list[Document]:
        """Return what was told there, the newest first."""
        path = f"{WEBHOOKS}/{webhook_id}/deliveries"
        return [one async for one in self._requests.pages(path, customer, {}, limit)]


TIMEOUT_S = 60.0
POLL_S = 0.3
NOT_MODIFIED = 304
Watcher = Callable[[Document], None]


@dataclass(frozen=True, slots=True)
class Placed:
    """An accepted order; `tries` counts the requests that it took."""

    order_id: str
    document: Document
    tries: int


def _sampled_trace() -> dict[str, str]:
    """Begin a trace that is to be recorded (W3C trace context, version 00)."""
    return {"traceparent": f"00-{token_hex(16)}-{token_hex(8)}-01"}


class GatewayClient:
    """Speaks with one gateway for any number of customers: it repeats what failed, and never orders twice.

    Wherever a customer is asked for, None is the operator.
    """

    def __init__(
        self, http: httpx.AsyncClient, tokens: Tokens, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._requests = Requests(http, tokens, timeout_s)
        self._timeout_s = timeout_s
        self.ledger = Ledger()
        self.fault_plans = FaultPlans(self._requests)
        self.webhooks = Webhooks(self._requests)

    async def place(
        self, customer: str, body: Document, key: str | None = None, *, traced: bool = False
    ) -> Placed:
        """Place an order; however often it has to be sent, the key makes it one order.

        `traced`, its trace is recorded whatever the gateway's ratio is.

        Raises:
            RefusedError: it is no order that the shop takes.
            NoAnswerError: it may have been accepted or not.
        """
        key = key or str(uuid4())
        with self.ledger.attempt(key) as attempt:
            headers = {"Idempotency-Key": key} | (_sampled_trace() if traced else {})
            response, tries = await self._requests.ask(
                "POST", "/v1/orders", customer, headers, body
            )
            document: Document = response.json()
            attempt.order_id = document["id"]
        return Placed(document["id"], document, tries)

    async def get(self, order_id: str, customer: str | None = None) -> Document:
        """Return where an order stands.

        Raises:
            RefusedError: there is no such order, or it is somebody else's.
            NoAnswerError: there was no usable answer.
        """
        return await self._requests.document("GET", f"/v1/orders/{order_id}", customer)

    async def cancel(self, order_id: str, customer: str) -> Document:
        """Ask to stop an order of the customer's; its document says where it stood then.

        Raises:
            RefusedError: it is too late (`already_shipped`, `already_final`), or no such order.
            NoAnswerError: it is unknown whether the request was received.
        """
        return await self._requests.document("POST", f"/v1/orders/{order_id}/cancel", customer)

    async def wait_final(
        self,
        order_id: str,
        customer: str | None = None,
        *,
        seconds: float = 60.0,
        on_change: Watcher | None = None,
        poll_s: float = POLL_S,
    ) -> Document:
        """Look at an order until it has ended; `on_change` is told of every version that is seen.

        Raises:
            NotEndedError: it has not within these seconds.
            RefusedError, NoAnswerError: as for `get`.
        """
        deadline = time.monotonic() + seconds
        known: dict[str, str] = {}
        document: Document = {}
        while True:
            response, _ = await self._requests.ask("GET", f"/v1/orders/{order_id}", customer, known)
            if response.status_code != NOT_MODIFIED:
                document = response.json()
                known = {"If-None-Match": response.headers["etag"]}
                if on_change is not None:
                    on_change(document)
            if OrderStatus(document["status"]).is_final:
                return document
            if time.monotonic() > deadline:
                raise NotEndedError(document, seconds)
            await asyncio.sleep(poll_s)

    def changes(self, order_id: str, customer: str | None = None) -> AsyncIterator[Document]:
        """Return every change of an order as it happens, from the first to the last.

        Raises:
            RefusedError, NoAnswerError: as for `get`.
        """
        path = f"/v1/orders/{order_id}/events"
        return OrderChanges(
            lambda after: self._requests.stream(f"{path}?after={after}", customer, SILENCE_S),
            self._timeout_s,
        ).until_end()

    async def orders(
        self, customer: str | None = None, status: str | None = None, limit: int = PAGE
    ) -> list[Document]:
        """Orders, the newest first."""
        query = {"status": status} if status else {}
        return [one async for one in self._requests.pages("/v1/orders", customer, query, limit)]

    async def availability(self, sku: str) -> Document:
        """Return how many units of a product can be had now; raises what `get` does."""
        path = f"/v1/products/{quote(sku, safe='')}/availability"
        return await self._requests.document("GET", path, None)

    async def products(self) -> list[Document]:
        """Return everything that the shop sells, by SKU."""
        return [
            one async for one in self._requests.pages("/v1/products", None, {}, limit=1_000_000)
        ]


TRY_S = 10.0


@asynccontextmanager
async def open_gateway(
    gateway: str, issuer: str, timeout_s: float = TIMEOUT_S
) -> AsyncIterator[GatewayClient]:
    """Provide a client for the gateway at this address, with tokens from the issuer at that one."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=200)
    async with open_http(base_url=gateway, timeout=TRY_S, limits=limits) as http:
        yield GatewayClient(http, Tokens(http, issuer), timeout_s)
