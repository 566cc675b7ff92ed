"""The carrier's HTTP interface, with EasyPost's vocabulary."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from servicekit import PersonalData
from servicekit.calling import Caller, open_caller

GRAMS_PER_UNIT = 250


class UndeliverableError(Exception):
    """The carrier does not go to this address."""


@dataclass(frozen=True, slots=True)
class Label:
    """A bought label."""

    shipment_id: str
    carrier: str
    tracking_code: str


class Carrier:
    """A client of the carrier. Every call is repeatable: the idempotency key makes it one.

    Anything but a clear answer raises an `httpx.HTTPError`.
    """

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def book(
        self, order_id: str, recipient: PersonalData, units: int, *, idempotency_key: str
    ) -> Label:
        """Buy a label for a parcel; its weight is estimated from the number of units.

        Raises:
            UndeliverableError: the address is none that the carrier serves.
        """
        answer = await self._caller.post(
            "/v2/shipments",
            {
                "reference": order_id,
                "to_address": {
                    "name": recipient.name,
                    "street1": recipient.street,
                    "city": recipient.city,
                    "zip": recipient.postcode,
                    "country": recipient.country,
                },
                "parcel": {"weight_grams": units * GRAMS_PER_UNIT},
                "service": "standard",
            },
            idempotency_key=idempotency_key,
        )
        if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
            raise UndeliverableError
        body = answer.raise_for_status().json()
        return Label(body["id"], body["carrier"], body["tracking_code"])

    async def cancel(self, shipment_id: str, *, idempotency_key: str) -> None:
        """Give a parcel back that has not left."""
        path = f"/v2/shipments/{shipment_id}/cancel"
        answer = await self._caller.post(path, {}, idempotency_key=idempotency_key)
        answer.raise_for_status()


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[Carrier]:
    """Open a client for the carrier at this address."""
    async with open_caller(url) as caller:
        yield Carrier(caller)
