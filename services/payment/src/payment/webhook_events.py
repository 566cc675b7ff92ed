"""What a webhook of the provider says: the answer to a command, the same as the call itself gets."""

from collections.abc import Callable
from dataclasses import dataclass

from messaging import Answer, Command
from pydantic import BaseModel

from payment.commands import (
    Approved,
    AuthorizePayment,
    Captured,
    CapturePayment,
    Declined,
    Voided,
    VoidPayment,
)


class _Failure(BaseModel):
    decline_code: str


class _Intent(BaseModel):
    id: str
    metadata: dict[str, str]
    last_payment_error: _Failure | None = None

    @property
    def order_id(self) -> str:
        return self.metadata.get("order_id", "")


class _Data(BaseModel):
    object: _Intent


class _Request(BaseModel):
    idempotency_key: str | None


class _Head(BaseModel):
    type: str


class _Event(_Head):
    data: _Data
    request: _Request


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """An answer, and the key of the command that it answers."""

    command_key: str
    answer: Answer


def _declined(intent: _Intent) -> Declined:
    if intent.last_payment_error is None:
        raise ValueError("a payment failed without an error")
    code = intent.last_payment_error.decline_code
    return Declined(order_id=intent.order_id, decline_code=code)


ANSWERS: dict[str, tuple[type[Command], Callable[[_Intent], Answer]]] = {
    "payment_intent.amount_capturable_updated": (
        AuthorizePayment,
        lambda intent: Approved(order_id=intent.order_id, payment_id=intent.id),
    ),
    "payment_intent.payment_failed": (AuthorizePayment, _declined),
    "payment_intent.succeeded": (
        CapturePayment,
        lambda intent: Captured(order_id=intent.order_id),
    ),
    "payment_intent.canceled": (VoidPayment, lambda intent: Voided(order_id=intent.order_id)),
}
"""Which command each type of event answers, and how."""


def read_event(body: bytes | str) -> WebhookEvent | None:
    """Return what the body of a webhook says; None if it is nothing that payment has asked for.

    The idempotency key tells which command it answers: two commands about the same intent have
    different ones.

    Raises:
        ValueError: it is no event of the provider.
    """
    kind = _Head.model_validate_json(body).type
    if kind not in ANSWERS:
        return None
    event = _Event.model_validate_json(body)
    command, answer = ANSWERS[kind]
    intent = event.data.object
    key = command.key_of(intent.order_id)
    return None if event.request.idempotency_key != key else WebhookEvent(key, answer(intent))
