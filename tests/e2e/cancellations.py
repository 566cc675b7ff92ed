"""Every moment at which a customer may ask to cancel, and what is promised for each.

This is the table of docs/cancelling.md: a test compares them.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from e2e.freezing import HEARS_NOTHING, TAKES_NOTHING_FROM_THE_SHELF


class Sight(NamedTuple):
    """What is to be seen in a service's database about an order before the test goes on."""

    database: str
    query: str


def _has(database: str, table: str, condition: str) -> Sight:
    query = f"SELECT EXISTS (SELECT FROM {table} WHERE order_id = $1 AND {condition})"  # noqa: S608
    return Sight(database, query)


PAYING = _has("payments", "payments", "status = 'pending'")
AUTHORIZED = _has("payments", "payments", "status = 'authorized'")
DECLINED = _has("payments", "payments", "status = 'declined'")
REJECTED = _has("inventory", "reservations", "status = 'rejected'")
RESERVED = _has("orders", "orders", "status = 'reserved'")
STOPPED = _has("shipping", "shipments", "status = 'cancelled'")
BOOKING = _has("shipping", "shipments", "status = 'booking'")
NOTED = _has("shipping", "shipments", "cancellation_noted IS NOT NULL")
INITIATED = _has("shipping", "shipments", "status = 'initiated'")
SHIPPED = _has("orders", "orders", "status = 'shipped'")
OVERDUE = _has("orders", "orders", "overdue")
COMPLETED = _has("orders", "orders", "status = 'completed'")
CANCELLED = _has("orders", "orders", "status = 'cancelled'")

BY_CUSTOMER = "cancelled: by_customer"
TOO_LATE = "409 already_shipped"
NOTHING, TAKEN = "nothing is taken", "taken once"
ON_THE_SHELF, GONE = "on the shelf", "shipped"
NEVER_BOUGHT, NONE, ON_ITS_WAY = "never bought", "none on its way", "on its way"


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment, how a test comes to it, and what is promised.

    `frozen` are the locks that are held while the customer asks: from the beginning, or once
    `begins` is seen. The customer asks `times` times when `seen` is. Everything goes on when `noted`
    is: otherwise the parcel might be booked before shipping consumes the request, and leave. Where
    shipping itself is frozen the carrier is slow, for the same reason. The processes in `hangs` hang
    until then.
    """

    when: str
    answer: str = "202"
    ends: tuple[str, ...] = (BY_CUSTOMER,)
    money: str = NOTHING
    goods: str = ON_THE_SHELF
    parcel: str = NEVER_BOUGHT

    wanted: dict[str, object] = field(default_factory=dict)
    begins: Sight | None = None
    frozen: dict[str, str] = field(default_factory=dict)
    hangs: tuple[str, ...] = ()
    seen: Sight | None = None
    noted: Sight | None = None
    customer: str = "cus_1"
    times: int = 1
    deadline_s: int | None = None

    def row(self) -> str:
        """The moment's row in the documentation."""
        ends = " or ".join(f"`{end}`" for end in self.ends)
        cells = (self.when, f"`{self.answer}`", ends, self.money, self.goods, self.parcel)
        return f"| {' | '.join(cells)} |"


SLOW_CARRIER = {"name": "SLOW Tester"}
FULFILLED = {"ends": ("completed",), "money": TAKEN, "goods": GONE, "parcel": ON_ITS_WAY}

MOMENTS = (
    Moment(
        "no service has consumed the order yet",
        parcel=NONE,
        wanted=SLOW_CARRIER,
        frozen=dict.fromkeys(("payments", "inventory", "shipping", "orders"), HEARS_NOTHING),
    ),
    Moment(
        "payment has not consumed it yet",
        parcel=NONE,
        frozen={"payments": HEARS_NOTHING},
        noted=STOPPED,
    ),
    Moment(
        "the payment provider is working on it",
        parcel=NONE,
        wanted={"token": "tok_slow"},
        seen=PAYING,
    ),
    Moment(
        "the money is held, inventory has not consumed it yet",
        parcel=NONE,
        frozen={"inventory": HEARS_NOTHING},
        seen=AUTHORIZED,
        noted=STOPPED,
    ),
    Moment(
        "inventory is reserving the goods",
        parcel=NONE,
        frozen={"inventory": TAKES_NOTHING_FROM_THE_SHELF},
        seen=AUTHORIZED,
        noted=STOPPED,
    ),
    Moment(
        "the goods are reserved, shipping has not consumed it yet",
        parcel=NONE,
        wanted=SLOW_CARRIER,
        frozen={"shipping": HEARS_NOTHING},
        seen=RESERVED,
    ),
    Moment(
        "the carrier is working on it", parcel=NONE, hangs=("carrier",), seen=BOOKING, noted=NOTED
    ),
    Moment(
        "the carrier is working on it, and the customer asks twice at once",
        parcel=NONE,
        hangs=("carrier",),
        seen=BOOKING,
        noted=NOTED,
        times=2,
    ),
    Moment(
        "the order's deadline passes at the same time",
        ends=(BY_CUSTOMER, "cancelled: overdue"),
        parcel=NONE,
        wanted=SLOW_CARRIER,
        frozen={"shipping": HEARS_NOTHING},
        seen=OVERDUE,
        deadline_s=1,
    ),
    Moment(
        "the parcel has left, the order does not show it yet",
        frozen={"orders": HEARS_NOTHING},
        seen=INITIATED,
        **FULFILLED,
    ),
    Moment(
        "the order shows that it has shipped",
        TOO_LATE,
        wanted=SLOW_CARRIER,
        begins=BOOKING,
        frozen={"payments": HEARS_NOTHING},
        seen=SHIPPED,
        **FULFILLED,
    ),
    Moment("the order is completed", TOO_LATE, seen=COMPLETED, **FULFILLED),
    Moment(
        "the card was declined, the order does not show it yet",
        ends=("cancelled: payment_declined",),
        wanted={"token": "tok_declined"},
        frozen={"orders": HEARS_NOTHING},
        seen=DECLINED,
    ),
    Moment(
        "the goods are not there, the order does not show it yet",
        ends=("cancelled: out_of_stock",),
        wanted={"quantity": 11},
        frozen={"orders": HEARS_NOTHING},
        seen=REJECTED,
    ),
    Moment(
        "the order has ended because the card was declined",
        "409 already_final",
        ends=("cancelled: payment_declined",),
        wanted={"token": "tok_declined"},
        seen=CANCELLED,
    ),
    Moment("it is somebody else's order", "404 order_not_found", customer="cus_2", **FULFILLED),
)
