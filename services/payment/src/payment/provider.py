"""The payment provider's HTTP interface, with Stripe's vocabulary."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from events import Money
from messaging import Neighbour, No, RefusedError
from servicekit.caller import open_caller

from payment.provider_answers import HOLDING, SETTLING, Held, LetGo, ProviderError, Taken


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of an authorisation; `decline_code` is None where the money is held."""

    payment_id: str
    decline_code: str | None = None


class Provider:
    """A client of the provider. Every call is repeatable: the idempotency key makes it one.

    Anything but a clear yes or no raises what `messaging.commands.sorting` makes of it.
    """

    def __init__(self, neighbour: Neighbour[ProviderError]) -> None:
        self._neighbour = neighbour

    async def authorize(
        self, order_id: str, amount: Money, token: str, *, idempotency_key: str
    ) -> Outcome:
        """Hold an amount (minor units) on the card behind the token.

        A token that stands for no card is a clear no, too: asking again would not change it.
        """
        wanted = {
            "amount": amount.amount,
            "currency": amount.currency.lower(),
            "payment_method": token,
            "capture_method": "manual",
            "confirm": True,
            "metadata": {"order_id": order_id},
        }
        found = await self._neighbour.ask(
            "/v1/payment_intents",
            wanted,
            Held,
            HOLDING,
            idempotency_key=idempotency_key,
            secrets=(token,),
        )
        if isinstance(found, No):
            return Outcome("", found.error.reason)
        return Outcome(found.id)

    async def capture(self, payment_id: str, *, idempotency_key: str) -> None:
        """Take all that is held; what was taken before is taken."""
        found = await self._neighbour.ask(
            f"/v1/payment_intents/{payment_id}/capture",
            {},
            Taken,
            SETTLING,
            idempotency_key=idempotency_key,
            template="/v1/payment_intents/{id}/capture",
        )
        _require(found, "succeeded")

    async def cancel(self, payment_id: str, *, idempotency_key: str) -> None:
        """Void all that is held; what was voided before counts as voided."""
        found = await self._neighbour.ask(
            f"/v1/payment_intents/{payment_id}/cancel",
            {},
            LetGo,
            SETTLING,
            idempotency_key=idempotency_key,
            template="/v1/payment_intents/{id}/cancel",
        )
        _require(found, "canceled")


def _require(found: Taken | LetGo | No[ProviderError], status: str) -> None:
    """Accept a no where the intent is what it was to become."""
    if isinstance(found, No) and found.error.stands_at != status:
        raise RefusedError(f"{found.error.reason}: {found.error.message}")


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[Provider]:
    """Open a client for the provider at this address."""
    async with open_caller(url) as caller:
        yield Provider(Neighbour(caller, ProviderError))
