"""One parcel for each completed order and none for a cancelled one, at the carrier too."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from audit.books import Books, Rule
from audit.records import Label, Order, Shipment


def _counts(books: Books) -> dict[str, int]:
    live = sum(1 for label in books.labels if _is_live(label))
    return {
        "shipments": len(books.shipments),
        "labels": len(books.labels),
        "live": live,
    }


def _find(books: Books) -> Iterator[tuple[str, str]]:
    labels = defaultdict(list)
    for label in filter(_is_live, books.labels):
        labels[label.order_id].append(label)
    shipments = {shipment.order_id: shipment for shipment in books.shipments}
    for order_id, theirs in labels.items():
        if len(theirs) > 1:
            yield order_id, f"the carrier has {len(theirs)} parcels for it"
        if order_id not in books.order and books.is_settled(order_id):
            yield order_id, "the carrier has a parcel for an order that there is not"
    for order in books.settled:
        shipment = shipments.get(order.order_id)
        for wrong in _wrong(order, shipment, labels.get(order.order_id, [])):
            yield order.order_id, wrong


def _wrong(order: Order, shipment: Shipment | None, labels: Sequence[Label]) -> Iterator[str]:
    status = shipment.status if shipment else "unknown"
    if order.status == "cancelled":
        if labels:
            yield f"cancelled, but the carrier has {labels[0].shipment_id}"
        if status not in ("unknown", "cancelled"):
            yield f"cancelled, its shipment is {status}"
    if order.status == "completed":
        if not labels:
            yield "completed, but the carrier has no parcel for it"
        if shipment is None or status != "initiated":
            yield f"completed, its shipment is {status}"
        elif labels and not _agree(order, shipment, labels[0]):
            ours = f"{shipment.shipment_id}/{shipment.tracking_code}"
            theirs = f"{labels[0].shipment_id}/{labels[0].tracking_code}"
            yield f"our parcel is {ours}, the carrier's {theirs}, told as {order.tracking_code}"


def _agree(order: Order, shipment: Shipment, label: Label) -> bool:
    ours = (shipment.shipment_id, shipment.tracking_code)
    told = shipment.tracking_code == order.tracking_code
    return told and ours == (label.shipment_id, label.tracking_code)


def _is_live(label: Label) -> bool:
    return label.status != "cancelled"


RULE = Rule(
    "parcels",
    "one live parcel per completed order, none for a cancelled one; the carrier's books agree",
    _counts,
    _find,
)
