"""The payment tokens: the one table that says which token ends how."""

from dataclasses import dataclass
from enum import StrEnum


class Plan(StrEnum):
    """The provider's treatment of a token."""

    APPROVE = "approve"
    DECLINE = "decline"
    ERROR_ONCE = "error once"
    SLOW = "slow"
    LOSE_ANSWER_ONCE = "lose answer once"
    KEEP_SILENT_ONCE = "keep silent once"
    RANDOM = "random"
    CAPTURE_ERROR_ONCE = "capture error once"


@dataclass(frozen=True)
class Token:
    """A payment method that a client may send, and what then happens."""

    name: str
    plan: Plan
    description: str
    decline_code: str = "generic_decline"


TOKENS = {
    token.name: token
    for token in (
        Token("tok_visa", Plan.APPROVE, "approved"),
        Token("tok_declined", Plan.DECLINE, "402 card_declined, decline_code generic_decline"),
        Token(
            "tok_insufficient_funds",
            Plan.DECLINE,
            "402 card_declined, decline_code insufficient_funds",
            "insufficient_funds",
        ),
        Token(
            "tok_expired_card",
            Plan.DECLINE,
            "402 expired_card, decline_code expired_card",
            "expired_card",
        ),
        Token(
            "tok_processing_error_once",
            Plan.ERROR_ONCE,
            "500 processing_error on an order's first try, nothing done; then approved",
        ),
        Token("tok_slow", Plan.SLOW, "approved after SLOW_MS (3 s), whatever the latency"),
        Token(
            "tok_timeout_once",
            Plan.LOSE_ANSWER_ONCE,
            "approved and booked, then the connection is cut once: unknown result",
        ),
        Token(
            "tok_silent_once",
            Plan.KEEP_SILENT_ONCE,
            "approved and booked, but once no answer ever comes: unknown result",
        ),
        Token(
            "tok_random",
            Plan.RANDOM,
            "approved for APPROVAL_PERCENT of the orders (90), else 402 generic_decline; "
            "decided by SEED and order id",
        ),
        Token(
            "tok_capture_error_once",
            Plan.CAPTURE_ERROR_ONCE,
            "approved; 500 on the first try to capture, nothing done; then captured",
        ),
    )
}


PLANNED = {
    "decline": "tok_declined",
    "insufficient_funds": "tok_insufficient_funds",
    "provider_500": "tok_processing_error_once",
    "provider_reset": "tok_timeout_once",
    "provider_slow": "tok_slow",
    "provider_timeout": "tok_silent_once",
}
"""The token whose way a payment goes that carries this fault plan, whichever it is paid with."""


def find(name: str, fault_plan: str | None) -> Token | None:
    """Give how a payment is treated; None for a token that there is not."""
    if name not in TOKENS:
        return None
    return TOKENS[PLANNED.get(fault_plan or "", name)]


def table() -> list[dict[str, str]]:
    """Give the tokens as rows for people."""
    return [{"token": t.name, "what happens": t.description} for t in TOKENS.values()]
