"""The books in volumes: each holds all about some of the orders, so that memory holds one at a time.

Rows come by table and by topic; a rule looks at one order in all of them. So rows are sorted into
volumes by order on disk. An inbox holds ids of events alone: these are sorted by id first, beside the
events themselves, and then put where their order is.
"""

import pickle
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

from audit.records import (
    Accepted,
    DeadLetter,
    Event,
    Intent,
    KeyUse,
    Label,
    Mail,
    Notice,
    Notification,
    Order,
    Payment,
    Pending,
    Reservation,
    Shipment,
    StatusChange,
    Stray,
)

ORDERS_EACH = 2_000
MOST = 512
"""Volumes: beyond a million orders they grow."""
HELD = 50_000
"""Rows that wait in memory to be written together."""
ID, ORDER_ID = Event._fields.index("id"), Event._fields.index("order_id")
KNOWN = "known"
FIRST, NONE = 0, -1
"""The volume of what is about no order, and that of what is left out."""

Told = StatusChange | Notice
RECORDS: Mapping[str, type[Any]] = {
    "accepted": Accepted,
    "keys": KeyUse,
    "orders": Order,
    "history": StatusChange,
    "payments": Payment,
    "intents": Intent,
    "reservations": Reservation,
    "shipments": Shipment,
    "labels": Label,
    "notifications": Notification,
    "mails": Mail,
    "events": Event,
    "status_changes": StatusChange,
    "notices": Notice,
    "pending": Pending,
    "dead_letters": DeadLetter,
    "strays": Stray,
}
"""What is made of the rows of each field. On disk they are plain tuples, which takes half the time."""


class Piles:
    """Rows on disk in so many piles, each of which is read once."""

    def __init__(self, folder: Path, count: int) -> None:
        folder.mkdir()
        self._folder, self.count = folder, count
        self._held: defaultdict[tuple[int, str], list[Any]] = defaultdict(list)
        self._number = 0

    def add(self, pile: int, kind: str, row: Any) -> None:
        """Put a row on a pile."""
        self._held[pile, kind].append(row)
        self._number += 1
        if self._number >= HELD:
            self.write()

    def write(self) -> None:
        """Write down what is held in memory."""
        for (pile, kind), rows in self._held.items():
            with self._file(pile).open("ab") as file:
                pickle.dump((kind, rows), file, pickle.HIGHEST_PROTOCOL)
        self._held.clear()
        self._number = 0

    def read(self, pile: int) -> Iterator[tuple[str, list[Any]]]:
        """Give the rows of a pile by kind, those of a kind as they came; they are gone then."""
        file = self._file(pile)
        if not file.exists():
            return
        with file.open("rb") as opened:
            while opened.peek(1):
                # Written a moment ago, by this process, into a folder that is its own.
                yield pickle.load(opened)  # noqa: S301
        file.unlink()

    def _file(self, pile: int) -> Path:
        return self._folder / str(pile)


class Volumes:
    """Takes all rows of all books, in any order; gives them by volume.

    Orders named in `together` are in one volume. Those whose ids sort before `since` are left out.
    """

    def __init__(
        self, folder: Path, orders: int, together: Collection[str] = (), since: str = ""
    ) -> None:
        self.count = min(MOST, orders // ORDERS_EACH + 1)
        self.repeats = 0
        self.inboxes: set[str] = set()
        self.set_aside: dict[Stray, str] = {}
        self._together = frozenset(together)
        self._since = since
        self._by_order = Piles(folder / "by-order", self.count)
        self._by_id = Piles(folder / "by-id", self.count)

    def of(self, order_id: str) -> int:
        """Give the number of the volume that an order is in."""
        if order_id.startswith("ord_") and order_id < self._since:
            return NONE
        if order_id in self._together:
            return FIRST
        return crc32(order_id.encode(errors="surrogatepass")) % self.count

    def add(self, field: str, row: Any) -> None:
        """Take a row about an order, for this field of the books."""
        self._put(self.of(row.order_id), field, tuple(row))

    def add_first(self, field: str, row: Any, about: str | None = None) -> None:
        """Take a row about no order, which lies with those of `about` if that is given."""
        self._put(FIRST if about is None else self.of(about), field, tuple(row))

    def add_event(self, event: Event, told: Told | None) -> None:
        """Take an event, with what the rules ask of its body."""
        if told is None:
            self._note(event.id, "events", (tuple(event), None))
        else:
            kind = "notices" if isinstance(told, Notice) else "status_changes"
            self._note(event.id, kind, (tuple(event), tuple(told)))

    def add_known(self, event_id: str, order_id: str | None) -> None:
        """Take the id by which an inbox may know what is no event."""
        volume = FIRST if order_id is None else self.of(order_id)
        self._note(event_id, KNOWN, (event_id, volume))

    def add_handled(self, service: str, event_id: str) -> None:
        """Take an id that is in the inbox of a service."""
        self.inboxes.add(service)
        self._note(event_id, service, event_id)

    def put_together(self) -> None:
        """Find for each inbox in which volume its ids are, and drop the repeats of events."""
        self._by_id.write()
        for pile in range(self.count):
            self._put_together(pile)
        self._by_order.write()

    def read(self, volume: int) -> tuple[dict[str, list[Any]], dict[str, frozenset[str]]]:
        """Give the rows of a volume by field, and the inboxes; they can be read once."""
        fields: defaultdict[str, list[Any]] = defaultdict(list)
        inboxes: dict[str, list[str]] = {service: [] for service in self.inboxes}
        for field, rows in self._by_order.read(volume):
            if field in inboxes:
                inboxes[field] += rows
            else:
                fields[field] += map(RECORDS[field]._make, rows)
        return fields, {service: frozenset(ids) for service, ids in inboxes.items()}

    def _put(self, volume: int, field: str, row: Any) -> None:
        if volume != NONE:
            self._by_order.add(volume, field, row)

    def _note(self, event_id: str, kind: str, row: Any) -> None:
        self._by_id.add(crc32(event_id.encode()) % self.count, kind, row)

    def _put_together(self, pile: int) -> None:
        volumes: dict[str, int] = {}
        handled: list[tuple[str, list[str]]] = []
        known: dict[str, int] = {}
        for kind, rows in self._by_id.read(pile):
            if kind == KNOWN:
                known.update(rows)
            elif kind in self.inboxes:
                handled.append((kind, rows))
            else:
                self._put_events(volumes, kind, rows)
        for service, ids in handled:
            for event_id in ids:
                volume = volumes.get(event_id, known.get(event_id, FIRST))
                self._put(volume, service, event_id)

    def _put_events(self, volumes: dict[str, int], kind: str, rows: list[Any]) -> None:
        for event, told in rows:
            event_id, order_id = event[ID], event[ORDER_ID]
            if event_id in volumes:
                self.repeats += 1
                continue
            volume = volumes[event_id] = self.of(order_id)
            self._put(volume, "events", event)
            if told is not None:
                self._put(volume, kind, told)
