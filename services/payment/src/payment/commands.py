"""What payment asks of the provider, and what it may answer."""

from events import Money
from messaging import Answer, Command, Commands

from payment.provider import Provider


class AuthorizePayment(Command):
    """Hold this much on the card behind the token."""

    amount: Money
    token: str


class CapturePayment(Command):
    """Take what is held."""

    payment_id: str


class VoidPayment(Command):
    """Let go of what is held."""

    payment_id: str


class Approved(Answer):
    """The provider holds the money under this id."""

    payment_id: str


class Declined(Answer):
    """The provider refuses, and says why."""

    decline_code: str


class Captured(Answer):
    """The provider took the money."""


class Voided(Answer):
    """The provider voided the money that it held."""


commands = Commands[Provider]()


@commands.on(AuthorizePayment)
async def authorize(command: AuthorizePayment, provider: Provider) -> Approved | Declined:
    """Create and confirm a payment intent that is captured later."""
    outcome = await provider.authorize(
        command.order_id, command.amount, command.token, idempotency_key=command.key
    )
    if outcome.decline_code is not None:
        return Declined(order_id=command.order_id, decline_code=outcome.decline_code)
    return Approved(order_id=command.order_id, payment_id=outcome.payment_id)


@commands.on(CapturePayment)
async def capture(command: CapturePayment, provider: Provider) -> Captured:
    """Capture the intent in full."""
    await provider.capture(command.payment_id, idempotency_key=command.key)
    return Captured(order_id=command.order_id)


@commands.on(VoidPayment)
async def void(command: VoidPayment, provider: Provider) -> Voided:
    """Cancel the intent."""
    await provider.cancel(command.payment_id, idempotency_key=command.key)
    return Voided(order_id=command.order_id)
