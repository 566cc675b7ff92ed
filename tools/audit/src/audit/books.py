"""The books of the whole system at one time, what follows from them, and what a rule about them is."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property

from client import LedgerEntry

from audit.listeners import listeners
from audit.records import (
    Accepted,
    DeadLetter,
    Event,
    Fault,
    Intent,
    KeyUse,
    Label,
    Mail,
    Notice,
    Notification,
    Order,
    Payment,
    Pending,
    Product,
    Reservation,
    Shipment,
    StatusChange,
    Stray,
)
from audit.waiting import Wait, waits_of

REVIEW = "payment_review"

Place = tuple[str, str, int]
"""A service, a topic and a partition."""


@dataclass(frozen=True, kw_only=True)
class Books:
    """Everything that was written down anywhere.

    `acknowledged` says up to which offset each service has acknowledged each partition, read before
    everything else, `remembered` how long it remembers at least what it consumed. `absent` are
    those that do not run, with why. Events are each there once; `repeats` counts the records that
    said one again, `unknown` those of unknown types; `faults` says what is wrong with strays.
    `shelved` counts units by SKU, by the status of their reservations: all of them, also where these
    books are one volume of many; None where the reservations here are all.
    """

    taken_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    deadline: timedelta = timedelta(seconds=300)
    accepted: Sequence[Accepted] = ()
    keys: Sequence[KeyUse] = ()
    orders: Sequence[Order] = ()
    history: Sequence[StatusChange] = ()
    payments: Sequence[Payment] = ()
    intents: Sequence[Intent] = ()
    products: Sequence[Product] = ()
    reservations: Sequence[Reservation] = ()
    shelved: Mapping[str, Counter[str]] | None = None
    shipments: Sequence[Shipment] = ()
    labels: Sequence[Label] = ()
    notifications: Sequence[Notification] = ()
    mails: Sequence[Mail] = ()
    events: Sequence[Event] = ()
    status_changes: Sequence[StatusChange] = ()
    notices: Sequence[Notice] = ()
    strays: Sequence[Stray] = ()
    faults: Mapping[Stray, Fault] = field(default_factory=dict)
    unknown: Mapping[str, int] = field(default_factory=dict)
    repeats: int = 0
    pending: Sequence[Pending] = ()
    dead_letters: Sequence[DeadLetter] = ()
    inboxes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    remembered: Mapping[str, timedelta] = field(default_factory=dict)
    acknowledged: Mapping[Place, int] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)
    ledger: Sequence[LedgerEntry] | None = None

    @cached_property
    def order(self) -> dict[str, Order]:
        """Every order that the order service knows, by id."""
        return {order.order_id: order for order in self.orders}

    @cached_property
    def events_of(self) -> dict[tuple[str, str], list[Event]]:
        """Events by the name of their type without prefix and version, and by order."""
        found: defaultdict[tuple[str, str], list[Event]] = defaultdict(list)
        for event in self.events:
            found[event.type.split(".")[1], event.order_id].append(event)
        return found

    @cached_property
    def unhandled(self) -> list[tuple[str, Event]]:
        """Each event that a service should have in its inbox and has not, nor set it aside."""
        set_aside = {(one.service, *one.place) for one in self.dead_letters if one.place}
        return [
            (service, event)
            for event in self.events
            for service in listeners(event)
            if event.id not in self.inboxes.get(service, ())
            if event.at_ms > self._forgotten_ms.get(service, 0)
            if (service, event.topic, event.partition, event.offset) not in set_aside
        ]

    @cached_property
    def _forgotten_ms(self) -> dict[str, float]:
        """Up to when each service may have forgotten what it consumed."""
        kept = self.remembered.items()
        return {service: (self.taken_at - time).timestamp() * 1000 for service, time in kept}

    @cached_property
    def waited_for_people(self) -> frozenset[str]:
        """The orders of which something could not be handled, or whose money was refused."""
        set_aside = {letter.order_id for letter in self.dead_letters}
        reviewed = {one.order_id for one in self.history if one.status == REVIEW}
        return frozenset(set_aside | reviewed)

    @cached_property
    def held(self) -> frozenset[str]:
        """The orders that fault plans hold until an operator acts: neither in flight nor wrong."""
        return frozenset(letter.order_id for letter in self.dead_letters if letter.holds_by_plan)

    def was_acknowledged(self, service: str, event: Event) -> bool:
        """Return whether the service said that it was done with the event."""
        place = (service, event.topic, event.partition)
        return event.offset < self.acknowledged.get(place, 0)

    @cached_property
    def waits(self) -> dict[str, Wait]:
        """What each order waits for that is not done with; see `audit.waiting`."""
        return {wait.order_id: wait for wait in waits_of(self)}

    @cached_property
    def in_flight(self) -> dict[str, str]:
        """The orders that may still change, with what each waits for: none of it for too long."""
        return {wait.order_id: wait.told for wait in self.waits.values() if not wait.is_stuck}

    @cached_property
    def stuck(self) -> dict[str, str]:
        """The orders that wait for longer than anything may take, with what for."""
        return {wait.order_id: wait.told for wait in self.waits.values() if wait.is_stuck}

    def is_settled(self, order_id: str) -> bool:
        """Return whether nothing more is to be expected of an order, so that all books must agree on it."""
        return order_id not in self.waits and order_id not in self.held

    @cached_property
    def settled(self) -> list[Order]:
        """The orders of which nothing more is to be expected."""
        return [order for order in self.orders if self.is_settled(order.order_id)]

    @cached_property
    def units_by_status(self) -> Mapping[str, Counter[str]]:
        """Units by SKU that reservations of each status hold, in the whole shop."""
        if self.shelved is not None:
            return self.shelved
        counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for reservation in self.reservations:
            for sku, quantity in reservation.units:
                counted[reservation.status][sku] += quantity
        return counted

    @cached_property
    def statuses(self) -> Counter[str]:
        """How many orders stand where."""
        return Counter(order.status or "never placed" for order in self.orders)


@dataclass(frozen=True, slots=True)
class Violation:
    """One breach of a rule.

    `subject` is an order's id, or a SKU, a currency or a place on a topic.
    """

    rule: str
    subject: str
    finding: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.subject}: {self.finding}"


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that must always hold.

    `counts` says how much it was checked on, `applies` whether these books can tell. What holds of
    all orders together is found in the `sums` of all volumes.
    """

    name: str
    statement: str
    counts: Callable[[Books], Mapping[str, int]]
    find: Callable[[Books], Iterable[tuple[str, str]]]
    applies: Callable[[Books], bool] = lambda _: True
    sums: Callable[[Books], Mapping[str, Counter[str]]] = lambda _: {}
    find_in_sums: Callable[[Mapping[str, Counter[str]]], Iterable[tuple[str, str]]] = lambda _: ()

    def check(self, books: Books) -> list[Violation]:
        """Return every breach of the rule in these books, by subject."""
        return self._breaches(self.find(books))

    def check_sums(self, sums: Mapping[str, Counter[str]]) -> list[Violation]:
        """Return every breach of the rule in the sums of all volumes, by subject."""
        return self._breaches(self.find_in_sums(sums))

    def _breaches(self, found: Iterable[tuple[str, str]]) -> list[Violation]:
        return [Violation(self.name, subject, finding) for subject, finding in sorted(found)]
