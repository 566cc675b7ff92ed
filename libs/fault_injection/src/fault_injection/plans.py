"""The catalogue of fault plans: what can be made to go wrong with one order, and how it ends then.

A plan is attached to an order before it is placed and travels as baggage with everything that
follows. The outside world reads it from the requests; a service from what it receives, and only
where its setting `FAULT_PLANS` is on.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from events import (
    CancellationReason,
    Event,
    OrderPlaced,
    OrderStatus,
    OrderStatusChanged,
    PaymentAuthorized,
    StockReserved,
)
from servicekit import read_baggage, write_baggage

MEMBER = "fault-plan"
"""The name of a plan among what is carried."""
OUT_OF_STOCK = "out_of_stock"
STRUCK: dict[str, type[Event]] = {
    "order": OrderPlaced,
    "payment": OrderPlaced,
    "inventory": PaymentAuthorized,
    "shipping": StockReserved,
    "notifier": OrderStatusChanged,
}
"""The event at which a plan strikes in each service: the first that it receives about an order."""


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """One way for an order to fail. `redrive` says that it gets no further until an operator acts."""

    name: str
    does: str
    ends: OrderStatus = OrderStatus.COMPLETED
    reason: CancellationReason | None = None
    redrive: bool = False

    @property
    def end(self) -> str:
        """How the order must end, in words."""
        if self.redrive:
            return f"{self.ends}, once its dead letter is redriven"
        return f"{self.ends}: {self.reason}" if self.reason else str(self.ends)


def poisoned_at(service: str) -> str:
    """Return the plan by which a service cannot handle an order."""
    return f"poison_at_{service}"


def crashed_at(service: str) -> str:
    """Return the plan by which a service dies of an order."""
    return f"crash_{service}_after_commit"


def plan_in(baggage: str | None) -> str | None:
    """Return the plan that is among what is carried."""
    return read_baggage(baggage, MEMBER)


def as_baggage(plan: str) -> str:
    """Return what carries a plan along."""
    return write_baggage(MEMBER, plan)


def _plans() -> Iterator[FaultPlan]:
    cancelled, declined = OrderStatus.CANCELLED, CancellationReason.PAYMENT_DECLINED
    yield FaultPlan("decline", "The provider refuses the payment.", cancelled, declined)
    yield FaultPlan("insufficient_funds", "There is no money on the card.", cancelled, declined)
    yield FaultPlan(
        "provider_timeout",
        "The provider holds the money and never answers; the second try finds it.",
    )
    yield FaultPlan(
        "provider_reset",
        "The provider holds the money and cuts the connection; the second try finds it.",
    )
    yield FaultPlan("provider_500", "The provider fails at the first try and does nothing.")
    yield FaultPlan("provider_slow", "The provider takes three seconds.")
    yield FaultPlan("carrier_down_20s", "The carrier is down for 20 s from the first try.")
    yield FaultPlan(
        "carrier_reset",
        "The carrier books the parcel and cuts the connection; the second try finds it.",
    )
    yield FaultPlan(
        "carrier_undeliverable",
        "The carrier does not go there.",
        cancelled,
        CancellationReason.UNDELIVERABLE,
    )
    yield FaultPlan(
        OUT_OF_STOCK, "Inventory has none of it.", cancelled, CancellationReason.OUT_OF_STOCK
    )
    for service in STRUCK:
        does = f"The {service} service cannot handle the first that it hears of the order."
        yield FaultPlan(poisoned_at(service), does, redrive=True)
    for service in STRUCK:
        does = f"The {service} worker dies right after the commit of the first that it hears."
        yield FaultPlan(crashed_at(service), does)


CATALOGUE = {plan.name: plan for plan in _plans()}
"""Every plan by its name."""
