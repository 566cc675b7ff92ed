"""The carrier's HTTP interface, with EasyPost's vocabulary."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from events.limits import GRAMS_PER_UNIT
from messaging import Neighbour, No
from privacy import PersonalData
from servicekit.caller import open_caller

from shipping.carrier_answers import BOOKING, CANCELLING, Bought, Cancelled, CarrierError


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

    Anything but a clear answer raises what `messaging.commands.sorting` makes of it.
    """

    def __init__(self, neighbour: Neighbour[CarrierError]) -> None:
        self._neighbour = neighbour

    async def book(
        self, order_id: str, recipient: PersonalData, units: int, *, idempotency_key: str
    ) -> Label:
        """Buy a label for a parcel; its weight is estimated from the number of units.

        Raises:
            UndeliverableError: the address is none that the carrier serves.
        """
        found = await self._neighbour.ask(
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
            Bought,
            BOOKING,
            idempotency_key=idempotency_key,
            secrets=(recipient.name, recipient.street, recipient.city, recipient.postcode),
        )
        if isinstance(found, No):
            raise UndeliverableError
        return Label(found.id, found.carrier, found.tracking_code)

    async def cancel(self, shipment_id: str, *, idempotency_key: str) -> None:
        """Give a parcel back that has not left."""
        await self._neighbour.ask(
            f"/v2/shipments/{shipment_id}/cancel",
            {},
            Cancelled,
            CANCELLING,
            idempotency_key=idempotency_key,
            template="/v2/shipments/{id}/cancel",
        )


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[Carrier]:
    """Open a client for the carrier at this address."""
    async with open_caller(url) as caller:
        yield Carrier(Neighbour(caller, CarrierError))
