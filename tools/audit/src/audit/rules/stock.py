"""No unit appears or vanishes: what came in is on hand, reserved or shipped, and for whom is known."""

from collections import Counter
from collections.abc import Iterator, Sequence

from audit.books import Books, Rule
from audit.records import Order, Reservation

ENDED = {"completed": ("committed",), "cancelled": ("released", "rejected", "unknown")}


def _counts(books: Books) -> dict[str, int]:
    return {
        "products": len(books.products),
        "units": sum(product.initial for product in books.products),
        "reservations": len(books.reservations),
    }


def _find(books: Books) -> Iterator[tuple[str, str]]:
    yield from _shelves(books)
    reservations = {one.order_id: one for one in books.reservations}
    for order in books.settled:
        wrong = _wrong(order, reservations.get(order.order_id))
        if wrong:
            yield order.order_id, wrong
    yield from _ended_twice(books)


def _shelves(books: Books) -> Iterator[tuple[str, str]]:
    reserved = books.units_by_status.get("reserved", Counter())
    shipped = books.units_by_status.get("committed", Counter())
    known = {product.sku for product in books.products}
    for sku, initial, on_hand, set_aside, gone in books.products:
        figures = f"on hand {on_hand}, reserved {set_aside}, shipped {gone}"
        if initial != on_hand + set_aside + gone:
            yield sku, f"initial {initial} is not {figures}"
        if min(on_hand, set_aside, gone) < 0:
            yield sku, f"negative: {figures}"
        if set_aside != reserved[sku]:
            yield sku, f"reserved {set_aside}, open reservations hold {reserved[sku]}"
        if gone != shipped[sku]:
            yield sku, f"shipped {gone}, committed reservations hold {shipped[sku]}"
    for sku in (reserved.keys() | shipped.keys()) - known:
        yield sku, "is reserved or shipped, but is no product"


def _wrong(order: Order, reservation: Reservation | None) -> str | None:
    status = reservation.status if reservation else "unknown"
    if status not in ENDED.get(order.status or "", (status,)):
        return f"is {order.status}, its reservation is {status}"
    if order.status != "completed" or reservation is None:
        return None
    ordered, gone = _units_of(order.units), _units_of(reservation.units)
    differing = {
        sku: (ordered[sku], gone[sku]) for sku in ordered | gone if ordered[sku] != gone[sku]
    }
    return f"ordered and shipped units differ: {differing}" if differing else None


def _units_of(units: Sequence[tuple[str, int]]) -> Counter[str]:
    total = Counter[str]()
    for sku, quantity in units:
        total[sku] += quantity
    return total


def _ended_twice(books: Books) -> Iterator[tuple[str, str]]:
    ends = Counter[str]()
    for kind in ("StockCommitted", "StockReleased", "StockRejected"):
        for (found, order_id), events in books.events_of.items():
            if found == kind:
                ends[order_id] += len(events)
    for order_id, times in ends.items():
        if times > 1:
            yield order_id, f"its reservation ended {times} times"


RULE = Rule(
    "stock",
    "initial = on hand + reserved + shipped for every product; each reservation ends once",
    _counts,
    _find,
)
