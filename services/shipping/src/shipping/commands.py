"""What shipping asks of the carrier, and what it may answer."""

from dataclasses import dataclass

from events import SealedPersonalData
from messaging import Answer, Command, Commands
from privacy import Sealer

from shipping.carrier import Carrier, UndeliverableError


class BookParcel(Command):
    """Take a parcel of so many units to the recipient."""

    units: int
    recipient: SealedPersonalData


class CancelBooking(Command):
    """Give the parcel back."""

    shipment_id: str


class Booked(Answer):
    """The carrier takes the parcel."""

    shipment_id: str
    carrier: str
    tracking_code: str


class Undeliverable(Answer):
    """The carrier does not go there."""


class BookingCancelled(Answer):
    """The carrier gave the parcel back."""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The carrier, and the key to the address."""

    carrier: Carrier
    sealer: Sealer


commands = Commands[Dispatch]()


@commands.on(BookParcel)
async def book(command: BookParcel, dispatch: Dispatch) -> Booked | Undeliverable:
    """Buy a label; the address is opened only here."""
    recipient = dispatch.sealer.unseal(command.recipient, command.order_id)
    try:
        label = await dispatch.carrier.book(
            command.order_id, recipient, command.units, idempotency_key=command.key
        )
    except UndeliverableError:
        return Undeliverable(order_id=command.order_id)
    return Booked(
        order_id=command.order_id,
        shipment_id=label.shipment_id,
        carrier=label.carrier,
        tracking_code=label.tracking_code,
    )


@commands.on(CancelBooking)
async def cancel(command: CancelBooking, dispatch: Dispatch) -> BookingCancelled:
    """Cancel the label."""
    await dispatch.carrier.cancel(command.shipment_id, idempotency_key=command.key)
    return BookingCancelled(order_id=command.order_id)
