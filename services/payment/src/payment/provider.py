"""The payment provider's HTTP interface, with Stripe's vocabulary."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from events import Money
from servicekit.calling import Caller, open_caller


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an authorisation; `decline_code` is None where the money is held."""

    payment_id: str
    decline_code: str | None = None


class Provider:
    """A client of the provider. Every call is repeatable: the idempotency key makes it one.

    Anything but a clear yes or no raises an `httpx.HTTPError`.
    """

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def authorize(
        self, order_id: str, amount: Money, token: str, *, idempotency_key: str
    ) -> Outcome:
        """Hold an amount (minor units) on the card behind the token.

        A token that stands for no card is a clear no, too: asking again would not change it.
        """
        answer = await self._caller.post(
            "/v1/payment_intents",
            {
                "amount": amount.amount,
                "currency": amount.currency.lower(),
                "payment_method": token,
                "capture_method": "manual",
                "confirm": True,
                "metadata": {"order_id": order_id},
            },
            idempotency_key=idempotency_key,
        )
        refusal = _refusal(answer)
        return Outcome("", refusal) if refusal else Outcome(answer.raise_for_status().json()["id"])

    async def capture(self, payment_id: str, *, idempotency_key: str) -> None:
        """Take all that is held."""
        await self._act(payment_id, "capture", idempotency_key)

    async def cancel(self, payment_id: str, *, idempotency_key: str) -> None:
        """Let go of all that is held."""
        await self._act(payment_id, "cancel", idempotency_key)

    async def _act(self, payment_id: str, action: str, idempotency_key: str) -> None:
        path = f"/v1/payment_intents/{payment_id}/{action}"
        answer = await self._caller.post(path, {}, idempotency_key=idempotency_key)
        answer.raise_for_status()


def _refusal(answer: httpx.Response) -> str | None:
    """Why the provider will not hold money on this card; None where it does, or cannot say."""
    if answer.status_code not in {httpx.codes.PAYMENT_REQUIRED, httpx.codes.BAD_REQUEST}:
        return None
    error = answer.json()["error"]
    if answer.status_code == httpx.codes.BAD_REQUEST and error.get("param") != "payment_method":
        return None
    reason: str = error.get("decline_code") or error.get("code") or error["type"]
    return reason


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[Provider]:
    """Open a client for the provider at this address."""
    async with open_caller(url) as caller:
        yield Provider(caller)
