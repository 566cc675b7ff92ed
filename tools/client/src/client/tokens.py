"""Tokens from the issuer: one per customer, kept until shortly before it expires."""

import asyncio
import time
from collections import defaultdict

import httpx

from client.http import persist
from client.refusals import RefusedError

OPERATOR = "operator"
OPERATOR_SCOPES = ("ops",)
CUSTOMER_SCOPES = ("orders:write", "orders:read", "webhooks")
ASKED_SCOPES = (*CUSTOMER_SCOPES, "trace")
"""What is asked for here: with `trace` a customer may have an order recorded, whatever the gateway's ratio."""
MARGIN_S = 60
TIMEOUT_S = 30.0


class Tokens:
    """Gets tokens from the issuer at this address."""

    def __init__(self, http: httpx.AsyncClient, issuer: str) -> None:
        self._http = http
        self._issuer = issuer
        self._kept: dict[str, tuple[str, float]] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def headers(self, customer: str | None) -> dict[str, str]:
        """Return what proves who is asking; None is the operator, who sees everybody's orders.

        Raises:
            NoAnswerError: the issuer does not answer.
            RefusedError: no customer can have this name.
        """
        if customer is None:
            return await self.operator(OPERATOR)
        return await self._headers(customer, ASKED_SCOPES)

    async def operator(self, name: str) -> dict[str, str]:
        """Return what proves that an operator of this name is asking, who sees everybody's orders.

        Raises:
            NoAnswerError: the issuer does not answer.
            RefusedError: no customer can have this name.
        """
        return await self._headers(name, OPERATOR_SCOPES)

    async def _headers(self, who: str, scopes: tuple[str, ...]) -> dict[str, str]:
        kept = f"{who} {scopes[0]}"
        async with self._turns[kept]:
            token, until = self._kept.get(kept, ("", 0.0))
            if time.monotonic() > until:
                token, until = await self._issue(who, scopes)
                self._kept[kept] = token, until
        return {"Authorization": f"Bearer {token}"}

    async def _issue(self, who: str, scopes: tuple[str, ...]) -> tuple[str, float]:
        body = {"sub": who, "scopes": scopes}
        response, _ = await persist(
            lambda: self._http.post(f"{self._issuer}/token", json=body), TIMEOUT_S
        )
        if response.is_error:
            reason = f"the issuer gives no token to {who[:80]!r}: 1 to 64 characters"
            raise RefusedError(response.status_code, "token_refused", reason)
        issued = response.json()
        return issued["access_token"], time.monotonic() + issued["expires_in"] - MARGIN_S
