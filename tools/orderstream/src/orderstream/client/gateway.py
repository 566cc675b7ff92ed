"""The gateway's client: places, reads, cancels orders and waits for their end."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from urllib.parse import quote
from uuid import uuid4

import httpx
from events import OrderStatus

from orderstream.client.asking import PAGE, Requests
from orderstream.client.fault_plans import FaultPlans
from orderstream.client.ledger import Ledger
from orderstream.client.live import SILENCE_S, OrderChanges
from orderstream.client.refusals import Document, NotEndedError
from orderstream.client.tokens import Tokens
from orderstream.client.webhooks import Webhooks

PATIENCE_S = 60.0
POLL_S = 0.3
NOT_MODIFIED = 304
Watcher = Callable[[Document], None]


@dataclass(frozen=True, slots=True)
class Placed:
    """An accepted order; `tries` counts the requests that it took."""

    order_id: str
    document: Document
    tries: int


class GatewayClient:
    """Speaks with one gateway for any number of customers, patiently and without ever ordering twice.

    Wherever a customer is asked for, None is the operator.
    """

    def __init__(
        self, http: httpx.AsyncClient, tokens: Tokens, patience_s: float = PATIENCE_S
    ) -> None:
        self._requests = Requests(http, tokens, patience_s)
        self._patience_s = patience_s
        self.ledger = Ledger()
        self.fault_plans = FaultPlans(self._requests)
        self.webhooks = Webhooks(self._requests)

    async def place(self, customer: str, body: Document, key: str | None = None) -> Placed:
        """Place an order; however often it has to be sent, the key makes it one order.

        Raises:
            RefusedError: it is no order that the shop takes.
            NoAnswerError: it may have been accepted or not.
        """
        key = key or str(uuid4())
        with self.ledger.attempt(key) as attempt:
            headers = {"Idempotency-Key": key}
            response, tries = await self._requests.ask(
                "POST", "/v1/orders", customer, headers, body
            )
            document: Document = response.json()
            attempt.order_id = document["id"]
        return Placed(document["id"], document, tries)

    async def get(self, order_id: str, customer: str | None = None) -> Document:
        """Where an order stands.

        Raises:
            RefusedError: there is no such order, or it is somebody else's.
            NoAnswerError: nobody could say.
        """
        response, _ = await self._requests.ask("GET", f"/v1/orders/{order_id}", customer)
        document: Document = response.json()
        return document

    async def cancel(self, order_id: str, customer: str) -> Document:
        """Ask to stop an order of the customer's; its document says where it stood then.

        Raises:
            RefusedError: it is too late (`already_shipped`, `already_final`), or no such order.
            NoAnswerError: whether that was heard is unknown.
        """
        response, _ = await self._requests.ask("POST", f"/v1/orders/{order_id}/cancel", customer)
        document: Document = response.json()
        return document

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
        """Every change of an order as it happens, from the first to the last.

        Raises:
            RefusedError, NoAnswerError: as for `get`.
        """
        path = f"/v1/orders/{order_id}/events"
        return OrderChanges(
            lambda after: self._requests.stream(f"{path}?after={after}", customer, SILENCE_S),
            self._patience_s,
        ).until_end()

    async def orders(
        self, customer: str | None = None, status: str | None = None, limit: int = PAGE
    ) -> list[Document]:
        """Orders, the newest first."""
        query = {"status": status} if status else {}
        return [one async for one in self._requests.pages("/v1/orders", customer, query, limit)]

    async def availability(self, sku: str) -> Document:
        """How many units of a product can be had now; raises what `get` does."""
        path = f"/v1/products/{quote(sku, safe='')}/availability"
        response, _ = await self._requests.ask("GET", path, None)
        document: Document = response.json()
        return document

    async def products(self) -> list[Document]:
        """Everything that the shop sells, by SKU."""
        return [
            one async for one in self._requests.pages("/v1/products", None, {}, limit=1_000_000)
        ]
