"""What is said of an order that did not go as most do, from facts that are fixed here."""

from datetime import UTC, datetime, timedelta

import pytest
from orderstream.dead_letters.reading import Letter, LetterId
from orderstream.mishaps import Call, Late, Mishaps, Restart, tell

PLACED = datetime(2026, 3, 1, 14, 0, 0, tzinfo=UTC)


def call(status: int | None, took_ms: int = 200, ended: str = "answered") -> Call:
    return Call("carrier", "BookParcel", took_ms, ended, status)


@pytest.mark.parametrize(
    ("calls", "lines"),
    [
        ([call(201)], []),
        (
            [call(None, ended="cut"), call(201)],
            [
                "was asked twice to take the parcel: it cut the connection, then it did so, after 0.2 s."
            ],
        ),
        (
            [call(None, 5000, "silent"), call(201)],
            ["was asked twice to take the parcel: it never answered, then it did so, after 0.2 s."],
        ),
        (
            [*[call(503)] * 5, call(201, 100)],
            [
                "was asked 6 times to take the parcel: 5 times it failed (503), then it did so, after 0.1 s."
            ],
        ),
        ([call(422)], ["was asked once to take the parcel: it refused (422)."]),
        ([call(201, 3000)], ["was asked once to take the parcel: it did so, after 3.0 s."]),
        ([call(201, 2400)], []),
    ],
)
def test_how_often_somebody_was_asked_and_how_that_went(
    calls: list[Call], lines: list[str]
) -> None:
    assert tell(Mishaps(PLACED, calls=calls)) == [f"The carrier {words}" for words in lines]


def test_a_letter_that_was_seen_to_a_worker_that_died_and_what_was_late() -> None:
    letter = Letter(
        LetterId("inventory", 3),
        origin="payment-processed",
        place=(0, 1),
        key="ord_1",
        value=None,
        headers=[("ce_type", "orderstream.PaymentAuthorized.v1")],
        error="no such shelf.",
        set_aside_at=PLACED,
        settled_at=PLACED,
        outcome="redriven",
    )
    restart = Restart("payment-worker", PLACED + timedelta(seconds=3.21))
    late = Late("inventory", "StockReserved", 4.04)
    first, *rest = tell(Mishaps(PLACED, letters=[letter], restarts=[restart], late=[late]))
    assert first == (
        "Inventory could not handle PaymentAuthorized: no such shelf. It was set aside as "
        "inventory:3, and redriven on an operator's word."
    )
    assert rest == [
        "Payment-worker ended, and was started again 3.2 s after the order was placed.",
        "StockReserved reached its topic 4.0 s after inventory had emitted it.",
    ]
