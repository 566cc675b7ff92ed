"""Where an order stands, and which event it waits for, in words."""

from orderstream.explaining.facts import OrderFacts, Standing
from orderstream.explaining.spans import clock, span
from orderstream.wording import REASONS

MEANINGS = {
    "accepted": "nobody has said that the money is held",
    "authorized": "the money is held; the goods are not set aside yet",
    "reserved": "the money is held and the goods are set aside; the parcel is not on its way yet",
    "shipped": "the parcel is on its way; not all that follows from it is done",
    "payment_review": (
        "the parcel is on its way, and the provider has refused again and again to hand over the "
        "money that it holds; it is asked on and on"
    ),
    "cancelling": "it is being stopped, if it still can be",
    "held": "something about it could not be handled, and an operator has to see to it",
}
PAYMENT_SAYS = "payment to say PaymentAuthorized or PaymentDeclined"
INVENTORY_SAYS = "inventory to say StockReserved or StockRejected"
SHIPPING_SAYS = "shipping to say ShippingInitiated or ShipmentCancelled"
SHIPPING_DECIDES = "shipping to decide: ShipmentCancelled, or CancellationRefused and it goes on"


def tell_standing(facts: OrderFacts) -> str:
    """Where the order stands, and since when."""
    standing = facts.standing
    if standing is None:
        return (
            f"It is accepted: the gateway took it at {clock(facts.placed_at)}, "
            f"{span(facts.now - facts.placed_at)} ago. The order service has not heard of it yet."
        )
    if standing.final_at is not None:
        return _tell_end(facts, standing)
    since = f"since {clock(standing.since)} ({span(facts.now - standing.since)})"
    meaning = MEANINGS.get(standing.status)
    return f"It is {standing.status} {since}" + (f": {meaning}." if meaning else ".")


def _tell_end(facts: OrderFacts, standing: Standing) -> str:
    end = standing.final_at or facts.now
    why = f", {REASONS.get(standing.reason, standing.reason)}" if standing.reason else ""
    parcel = f" Its parcel is {standing.tracking_code}." if standing.tracking_code else ""
    took = span(end - facts.placed_at)
    told = f"It is {standing.status}{why}, since {clock(end)}: {took} after it was placed."
    return f"{told} That is its end; it waits for nothing.{parcel}"


def awaited(standing: Standing | None) -> list[str]:
    """Whose word the order waits for, by the facts that are still missing."""
    if standing is None or standing.final_at is not None:
        return []
    if standing.shipment == "initiated":
        return _to_complete(standing)
    if standing.shipment == "cancelled" or standing.stock == "rejected":
        return _to_cancel(standing)
    if standing.stopping:
        return [SHIPPING_DECIDES]
    if standing.stock == "reserved":
        return [SHIPPING_SAYS]
    return [INVENTORY_SAYS if standing.payment == "authorized" else PAYMENT_SAYS]


def _to_complete(standing: Standing) -> list[str]:
    missing = []
    if standing.payment != "captured":
        missing.append("payment to say PaymentCaptured")
    if standing.stock != "committed":
        missing.append("inventory to say StockCommitted")
    return missing


def _to_cancel(standing: Standing) -> list[str]:
    missing = []
    if standing.payment != "voided":
        missing.append("payment to say PaymentVoided")
    if standing.shipment == "cancelled" and standing.stock not in ("released", "rejected"):
        missing.append("inventory to say StockReleased")
    return missing
