"""Books that are read volume by volume get the verdict of books that are read whole."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from audit import judge, volumes
from audit.books import Books
from audit.loading import AllBooks
from audit.outside import Items
from audit.records import DeadLetter, Fault, Intent, KeyUse, Product, Stray
from audit.report import Report, judge_volumes
from audit.target import Target
from audit.testing import BOUGHT, DECLINED, NOW, STOPPED, TOTAL, change, without
from audit.volumes import Volumes

BY_ORDER = (
    "accepted", "keys", "orders", "history", "payments", "intents", "reservations", "shipments",
    "labels", "notifications", "mails", "pending", "dead_letters",
)  # fmt: skip
EACH = ("taken_at", "deadline", "faults", "remembered", "acknowledged", "absent")
STRAY = Stray("order-placed", 0, 7)


def sorted_on_disk(books: Books, folder: Path, since: str = "") -> AllBooks:
    """The same books as an audit reads them: every row into its volume."""
    orders = len(books.accepted) * volumes.ORDERS_EACH
    keys: dict[tuple[str, str], list[str]] = {}
    for use in books.keys:
        keys.setdefault((use.customer_id, use.key), []).append(use.order_id)
    together = {one for shared in keys.values() if len(shared) > 1 for one in shared}
    rows = Volumes(folder, orders, together, since)
    for field in BY_ORDER:
        for row in getattr(books, field):
            rows.add(field, row)
    told = {(one.order_id, one.sequence): one for one in books.status_changes}
    notices = {one.order_id: one for one in books.notices}
    for event in books.events:
        about_it = told.get((event.order_id, event.sequence)) if event.status else None
        is_notice = event.type.split(".")[1] == "CustomerNotified"
        rows.add_event(event, notices[event.order_id] if is_notice else about_it)
    rows.inboxes.update(books.inboxes)
    for service, inbox in books.inboxes.items():
        for event_id in inbox:
            rows.add_handled(service, event_id)
    places = {letter.place: letter.order_id for letter in books.dead_letters if letter.place}
    for place in (*places, *books.strays):
        rows.add_known(place.id, places.get(place))
    for stray in books.strays:
        rows.add_first("strays", stray, places.get(stray))
    rows.put_together()
    each = {name: getattr(books, name) for name in EACH}
    first = {"products": books.products, "shelved": books.units_by_status}
    return AllBooks(rows, each, first | {"repeats": rows.repeats, "unknown": books.unknown}, None)


def by_volume(books: Books, folder: Path, since: str = "") -> Report:
    read = sorted_on_disk(books, folder, since)
    assert read.rows.count == len(books.accepted) + 1, "so that most orders are alone in theirs"
    return judge_volumes(read.volumes(), read.told)


def told(report: Report) -> Mapping[str, Any]:
    """All that a report says, without what is said of nothing."""
    document = report.as_json()
    for rule in document["rules"]:
        rule["checked"] = {what: count for what, count in rule["checked"].items() if count}
    return document


def broken_books(books: Books) -> dict[str, Books]:
    """Books with something wrong that only a look over several orders, or at ids, can find."""
    letters = [DeadLetter(name, STRAY.topic, "", "bad", STRAY) for name in ("payment", "order")]
    forgotten = {**books.inboxes, "payment": frozenset()}
    strangers = {**books.inboxes, "order": books.inboxes["order"] | {"an id of no event"}}
    with_stray = {**books.inboxes, "payment": books.inboxes["payment"] | {STRAY.id}}
    return {
        "sound": books,
        "one key for two": replace(
            books, keys=[*books.keys, KeyUse("alice", f"key of {BOUGHT}", STOPPED)]
        ),
        "sold twice": replace(books, reservations=change(books.reservations, BOUGHT, status="x")),
        "forgotten": replace(books, inboxes=forgotten),
        "handled, but never said": replace(books, inboxes=strangers),
        "said twice": replace(books, events=[*books.events, books.events[0]]),
        "a stray set aside": replace(
            books, strays=[STRAY], dead_letters=letters, inboxes=with_stray
        ),
        "a stray": replace(books, strays=[STRAY], faults={STRAY: Fault("no id")}),
        "never accepted": replace(books, accepted=without(books.accepted, DECLINED)),
        "one paid for another": replace(
            books,
            intents=[
                books.intents[0]._replace(captured=TOTAL.amount - 5),
                books.intents[1]._replace(captured=5),
                *books.intents[2:],
            ],
        ),
        "paid by a stranger": replace(
            books, intents=[*books.intents, Intent("ord_x", "pi", "succeeded", "GBP", 5, 0, 1)]
        ),
    }


@pytest.mark.parametrize("case", [
    "sound", "one key for two", "sold twice", "forgotten", "handled, but never said", "said twice",
    "a stray set aside", "a stray", "never accepted", "paid by a stranger",
    "one paid for another",
])  # fmt: skip
def test_the_verdict_does_not_depend_on_the_number_of_volumes(
    books: Books, tmp_path: Path, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(volumes, "HELD", 3)  # so that much is written, and in many pieces
    wrong = broken_books(books)[case]
    whole = judge(
        replace(wrong, events=wrong.events[: len(books.events)], repeats=case == "said twice")
    )
    assert told(by_volume(wrong, tmp_path)) == told(whole)
    assert whole.clean == (case in ("sound", "said twice"))


def test_orders_from_before_are_left_out_but_for_what_they_hold_of_the_stock(
    books: Books, tmp_path: Path
) -> None:
    accepted, order, sold = (
        rows[0]._replace(order_id="ord_0old")
        for rows in (books.accepted, books.orders, books.reservations)
    )
    mixed = replace(
        books,
        accepted=[*books.accepted, accepted],
        orders=[*books.orders, order],
        reservations=[*books.reservations, sold],
        products=[Product("MUG", 10, 6, 0, 4)],
    )
    assert {one.subject for one in judge(mixed).violations} == {"GBP", "ord_0old"}
    assert by_volume(mixed, tmp_path, since="ord_b").clean


def test_ids_sort_by_the_moment_from_which_an_audit_looks() -> None:
    where = {"kafka": "", "databases": {}, "psp": "", "carrier": "", "mail_server": ""}
    moment = datetime(2026, 1, 5, tzinfo=UTC)
    target = Target(**where, since=moment)  # type: ignore[arg-type]
    assert target.first_order_id == "ord_" + f"{int(moment.timestamp() * 1000):012x}"
    assert str(target.first_event_id).replace("-", "").startswith(target.first_order_id[4:])
    assert Target(**where).first_order_id == ""  # type: ignore[arg-type]
    assert moment < NOW


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_a_list_is_read_item_by_item_however_it_is_cut(size: int) -> None:
    text = '[\n{"a": "}],[{"}, {"b": [1, {"c": null}]}\n]\n'
    items = Items()
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert [item for piece in pieces for item in items.feed(piece)] == [
        {"a": "}],[{"},
        {"b": [1, {"c": None}]},
    ]
    items.end()


@pytest.mark.parametrize("text", ["", '[{"a": 1}', '{"a": 1}', "[1]", "[{]", '[{"a": 1}] more'])
def test_a_list_that_is_cut_short_or_none_is_refused(text: str) -> None:
    items = Items()
    assert list(items.feed(text)) in ([], [{"a": 1}])
    with pytest.raises(ValueError, match="no list"):
        items.end()
