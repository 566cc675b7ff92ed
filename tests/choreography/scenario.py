"""The one order that is explored, and everything that the world outside may do with it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from choreography.actors import Service
from choreography.customer import Customer
from choreography.deciding import Decider, emitted
from choreography.mailboxes import InAnyOrder, InTopicOrder, Mailbox
from events import (
    CancellationRequested,
    Event,
    Money,
    OrderLine,
    OrderPlaced,
    OrderStatusChanged,
    SealedPersonalData,
)
from inventory.handlers import handlers as inventory
from inventory.lifecycle import StockItem
from inventory.unit_of_work import InventoryWork
from messaging import Answer, Command
from notifier.commands import MailRefused, MailSent, SendMail
from notifier.handlers import handlers as notifier
from notifier.lifecycle import KIND_BY_STATUS
from notifier.unit_of_work import NotifierWork
from order.handlers import DeadlinePassed
from order.handlers import handlers as order
from order.unit_of_work import OrderWork
from payment.commands import (
    Approved,
    AuthorizePayment,
    Captured,
    CapturePayment,
    Declined,
    Voided,
    VoidPayment,
)
from payment.handlers import CaptureOverdue
from payment.handlers import handlers as payment
from payment.unit_of_work import PaymentWork
from shipping.commands import (
    Booked,
    BookingCancelled,
    BookParcel,
    CancelBooking,
    Undeliverable,
)
from shipping.handlers import handlers as shipping
from shipping.unit_of_work import ShippingWork

ORDER = "ord_" + "1" * 32
NOON = datetime(2010, 12, 1, 12, 0, tzinfo=UTC)
WANTED = 2
RECIPIENT = SealedPersonalData(key_id="k1", sealed="c2VhbGVk")
TOTAL = Money(amount=590, currency="GBP")
PLACED = OrderPlaced(
    order_id=ORDER,
    customer_id="cus_1",
    country="GB",
    lines=(OrderLine(sku="MUG", name="a mug", quantity=WANTED, unit_price=295),),
    total=TOTAL,
    payment_token="tok_visa",
    recipient=RECIPIENT,
    placed_at=NOON,
)
ASKED_TO_CANCEL = CancellationRequested(order_id=ORDER, requested_at=NOON)
DEADLINE = DeadlinePassed(order_id=ORDER)
REFUSED = CaptureOverdue(order_id=ORDER, tries=10)

# A service's outside may give any of its answers; `test_scenario` holds this against the calls.
ANSWERS: dict[type[Command], tuple[Answer, ...]] = {
    AuthorizePayment: (
        Approved(order_id=ORDER, payment_id="pi_1"),
        Declined(order_id=ORDER, decline_code="card_declined"),
    ),
    CapturePayment: (Captured(order_id=ORDER),),
    VoidPayment: (Voided(order_id=ORDER),),
    BookParcel: (
        Booked(order_id=ORDER, shipment_id="shp_1", carrier="post", tracking_code="T1"),
        Undeliverable(order_id=ORDER),
    ),
    CancelBooking: (BookingCancelled(order_id=ORDER),),
    SendMail: (
        MailSent(order_id=ORDER, mail="order_shipped", message_id="m1"),
        MailRefused(order_id=ORDER),
    ),
}


@dataclass(frozen=True, slots=True)
class Case:
    """One way the world may be: units on the shelf, how events travel, and what may get a no."""

    on_hand: int
    mailbox: type[Mailbox]
    refusable: frozenset[type[Command]] = frozenset()

    def words(self) -> str:
        """What is the case."""
        text = f"{self.on_hand} on the shelf, events {self.mailbox.words}"
        kinds = ", ".join(sorted(command.kind() for command in self.refusable))
        return f"{text}, a no to {kinds}" if kinds else text


CASES = (
    Case(5, InTopicOrder),
    Case(0, InTopicOrder),
    Case(5, InAnyOrder),
    Case(0, InAnyOrder),
)

REFUSING = tuple(Case(5, InTopicOrder, frozenset({command})) for command in ANSWERS)
"""Each command may end without an answer: people are asked, and the order must end or be held."""


def customer() -> Customer:
    """Somebody who has placed the order and may ask twice to stop it, at any moment.

    The gateway says it once per order; that nothing hangs on that is shown by exploring two.
    """
    return Customer(emitted(ASKED_TO_CANCEL, 1), times=2)


def is_only_a_notice(event: Event) -> bool:
    """Whether the notifier passes an event on to customers' own systems, and does nothing else.

    That leaves no trace in what it knows of the order: explored, it would only multiply the ways.
    """
    return isinstance(event, OrderStatusChanged) and event.status not in KIND_BY_STATUS


def services(case: Case) -> tuple[Service, ...]:
    """The services that act on an order.

    No consumer ranks the events of the order service and the notifier by their sequence, and the
    states of these two do not depend on it, so it is forgotten: each way to a state would count as
    another state.
    """
    shelf = {"MUG": StockItem("MUG", on_hand=case.on_hand)}
    deciders = (
        Decider(payment, PaymentWork()),
        Decider(inventory, InventoryWork(stock=shelf)),
        Decider(shipping, ShippingWork()),
        Decider(order, OrderWork(), forget_version=True),
        Decider(notifier, NotifierWork(), forget_version=True, unmoved_by=is_only_a_notice),
    )
    timers = {"order": (DEADLINE,), "payment": (REFUSED,)}
    return tuple(
        Service(d, case.mailbox, ANSWERS, timers.get(d.name, ()), case.refusable) for d in deciders
    )
