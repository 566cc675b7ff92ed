"""The recipients: the one table that says whose parcel ends how."""

from dataclasses import dataclass
from enum import StrEnum


class Plan(StrEnum):
    """The carrier's treatment of a recipient."""

    DELIVER = "deliver"
    REFUSE = "refuse"
    SLOW = "slow"
    ERROR_ONCE = "error once"
    LOSE_ANSWER_ONCE = "lose answer once"
    DOWN = "down"
    CANCEL_ERROR_ONCE = "cancel error once"


@dataclass(frozen=True)
class Recipient:
    """A first word of a name that the carrier knows, and what then happens."""

    first_word: str
    plan: Plan
    description: str


RECIPIENTS = (
    Recipient(
        "UNDELIVERABLE",
        Plan.REFUSE,
        "422 ADDRESS.UNDELIVERABLE, no label; the same if the postal code contains it",
    ),
    Recipient("SLOW", Plan.SLOW, "bought after SLOW_MS (3 s), whatever the latency"),
    Recipient(
        "ERROR-ONCE", Plan.ERROR_ONCE, "500 on an order's first try, nothing done; then bought"
    ),
    Recipient(
        "TIMEOUT-ONCE",
        Plan.LOSE_ANSWER_ONCE,
        "bought and booked, then the connection is cut once: unknown result",
    ),
    Recipient("DOWN-20S", Plan.DOWN, "503 for 20 s from an order's first try, then bought"),
    Recipient(
        "CANCEL-ERROR-ONCE",
        Plan.CANCEL_ERROR_ONCE,
        "bought; 500 on the first try to cancel, nothing done; then cancelled",
    ),
)


PLANNED = {
    "carrier_down_20s": Plan.DOWN,
    "carrier_reset": Plan.LOSE_ANSWER_ONCE,
    "carrier_undeliverable": Plan.REFUSE,
}
"""How a parcel is treated whose order carries this fault plan, whoever gets it."""


def plan_for(name: str, postal_code: str, fault_plan: str | None = None) -> Plan:
    """Give how a parcel to this name and postal code is treated; letter case does not matter."""
    if fault_plan in PLANNED:
        return PLANNED[fault_plan]
    if "UNDELIVERABLE" in postal_code.upper():
        return Plan.REFUSE
    first_word = name.upper().split(maxsplit=1)[0] if name.strip() else ""
    plans = {recipient.first_word: recipient.plan for recipient in RECIPIENTS}
    return plans.get(first_word, Plan.DELIVER)


def table() -> list[dict[str, str]]:
    """Give the recipients as rows for people."""
    return [
        {"first word of the name": a.first_word, "what happens": a.description} for a in RECIPIENTS
    ]
