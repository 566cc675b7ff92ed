"""Stripe's error shapes."""

from typing import Any

from simkit import Answer, Refused

DECLINE_MESSAGES = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
}


def error_answer(status: int, kind: str, message: str, **more: Any) -> Answer:
    """Give Stripe's error object: `{"error": {"type", "message", …}}`."""
    return Answer(status, {"error": {"type": kind, "message": message, **more}})


def invalid(message: str, **more: Any) -> Refused:
    """Refuse a request that can never work as it is."""
    return Refused(error_answer(400, "invalid_request_error", message, **more))


def missing(what: str, name: str) -> Refused:
    """Refuse a request about something that does not exist."""
    message = f"No such {what}: '{name}'"
    return Refused(
        error_answer(404, "invalid_request_error", message, code="resource_missing", param=what)
    )


def decline(decline_code: str, intent: dict[str, Any]) -> Answer:
    """Give the answer to a card that was refused."""
    code = decline_code if decline_code == "expired_card" else "card_declined"
    return error_answer(
        402,
        "card_error",
        DECLINE_MESSAGES[decline_code],
        code=code,
        decline_code=decline_code,
        param="payment_method",
        payment_intent=intent,
    )


def processing_error() -> Answer:
    """Give the provider's own failure: nothing was done, the request may be tried again."""
    message = "An error occurred while processing your card. Try again in a little bit."
    return error_answer(500, "api_error", message, code="processing_error")
