import asyncio
import io
import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from client import NoAnswerError, NotEndedError, Placed, RefusedError
from orderstream.demo.plan import Purchase
from orderstream.demo.replay import Replay, replay
from orderstream.demo.screen import line, picture, show_ending, shown
from orderstream.demo.waiting import Backlog, Board
from retail import RetailOrder
from rich.console import Console
from stack.opening_stock import FIRST_DAY

TOTAL = {"amount": 123456, "currency": "GBP"}
TIMES = {"placed_at": "2026-11-24T12:00:00Z", "final_at": "2026-11-24T12:00:02.5Z"}
BOARD = Board(
    backlogs={
        "gateway": Backlog(unhandled=None, outbox=1, commands=None),
        "payment": Backlog(unhandled=12, outbox=0, commands=3),
    },
    new_events=1000,
)


def board(**changes: Any) -> Board:
    """What was looked at a moment ago, but for these changes."""
    return replace(BOARD, **{"looked_at": time.monotonic(), **changes})


def purchase(number: str, cancel_after_s: float | None = None) -> Purchase:
    order = RetailOrder(number, FIRST_DAY, 1, f"cus_{number}", "GB", (("MUG", 1),))
    return Purchase(order, cancel_after_s=cancel_after_s)


class Gateway:
    """A gateway that ends each customer's order as it was told to."""

    def __init__(self, **ends: Any) -> None:
        self.ends = ends
        self.cancelled: list[str] = []

    def _document(self, customer: str, **more: Any) -> dict[str, Any]:
        number = f"ord_{customer.removeprefix('cus_'):0>32}"
        return {"id": number, "status": "accepted", "lines": [1], "total": TOTAL, **TIMES, **more}

    async def place(self, customer: str, body: Any) -> Placed:
        assert body["recipient"]["email"].endswith("@example.com")
        if isinstance(end := self.ends.get(customer), RefusedError | NoAnswerError):
            raise end
        document = self._document(customer)
        return Placed(document["id"], document, tries=1)

    async def cancel(self, order_id: str, customer: str) -> None:
        self.cancelled.append(order_id)
        if customer == "cus_late":
            raise RefusedError(409, "already_shipped", "It has shipped.")

    async def wait_final(self, order_id: str, customer: str, *, on_change: Any, **_: Any) -> None:
        assert order_id == self._document(customer)["id"]
        await asyncio.sleep(0.01)  # others get their turn
        end = self.ends.get(customer, {"status": "completed"})
        if isinstance(end, NotEndedError):
            raise end
        on_change(self._document(customer, **end))


async def test_every_customer_is_seen_through_to_the_end() -> None:
    gateway = Gateway(cus_2={"status": "cancelled", "reason": "out_of_stock"})
    journeys = await replay(gateway, [purchase("1"), purchase("2")], seconds=0)  # type: ignore[arg-type]
    assert [(one.status, one.reason) for one in journeys] == [
        ("completed", None),
        ("cancelled", "out_of_stock"),
    ]
    assert all(one.has_ended for one in journeys)


async def test_orders_come_in_evenly_over_the_time_given() -> None:
    running = Replay([purchase("1"), purchase("2"), purchase("3")])
    await running.run(Gateway(), seconds=0.3)  # type: ignore[arg-type]
    assert running.elapsed_s >= 0.2


async def test_who_changes_their_mind_cancels_and_sees_when_it_is_too_late() -> None:
    purchases = [purchase("early", cancel_after_s=0), purchase("late", cancel_after_s=0)]
    journeys = await replay(Gateway(), purchases, seconds=0)  # type: ignore[arg-type]
    assert [one.answer for one in journeys] == ["asked", "shipped already"]
    assert all(one.trouble is None for one in journeys)


@pytest.mark.parametrize(
    "error",
    [
        RefusedError(422, "unknown_sku", "No such product"),
        NoAnswerError("no answer in 3 tries"),
        NotEndedError({"id": "ord_1", "status": "held"}, 5),
    ],
)
async def test_one_customers_trouble_is_noted_and_stops_nobody_else(error: Exception) -> None:
    gateway = Gateway(cus_1=error)
    first, second = await replay(gateway, [purchase("1"), purchase("2")], seconds=0)  # type: ignore[arg-type]
    assert first.trouble == str(error)
    assert not first.has_ended
    assert second.has_ended


@pytest.fixture
async def ended() -> Replay:
    """A day with an order of every kind of end."""
    gateway = Gateway(
        cus_2={"status": "cancelled", "reason": "payment_declined"},
        cus_3={"status": "cancelled", "reason": "by_customer"},
        cus_4=RefusedError(422, "unknown_sku", "No such product"),
    )
    mind_changed = [purchase("3", cancel_after_s=0), purchase("late", cancel_after_s=0)]
    running = Replay([purchase("1"), purchase("2"), *mind_changed, purchase("4")])
    await running.run(gateway, seconds=0)  # type: ignore[arg-type]
    return running


def console(width: int = 80, *, terminal: bool = False) -> Console:
    return Console(width=width, record=True, file=io.StringIO(), force_terminal=terminal)


async def test_the_live_picture_fits_into_80_columns(ended: Replay) -> None:
    to = console()
    to.print(picture("The day", ended, board()))
    text = to.export_text()
    assert all(len(row) <= 80 for row in text.splitlines())
    assert "4/5 placed" in text
    assert any(row.split()[:2] == ["completed", "2"] for row in text.splitlines())
    assert any(row.split()[-4:] == ["payment", "12", "0", "3"] for row in text.splitlines())
    assert "1,000 events" in text
    assert "refused or unknown" in text


async def test_a_line_tells_the_same_where_there_is_no_terminal(ended: Replay) -> None:
    text = line(ended, board())
    assert "4/5 placed: completed 2, payment declined 1, cancelled 1, refused or unknown 1" in text
    assert text.endswith("waiting: gateway 1 in outbox; payment 12 events, 3 calls")
    assert line(ended, Board(unavailable="OSError: no")).endswith("waiting: unknown (OSError: no)")


def test_events_are_counted_from_the_first_look_on_whatever_is_started_again() -> None:
    published = Board()
    for look in ({"gateway": 5, "order": 7}, {"gateway": 8}, {"order": 2}, {"order": 6}):
        published.note_events(look)
    assert published.new_events == 3 + 4


@pytest.mark.parametrize(
    ("looked", "text"),
    [
        (Board, r"waiting: unknown \(not looked at yet\)"),
        (lambda: board(backlogs={}), "waiting: nothing"),
        (lambda: board(backlogs={}, looked_at=0.0), r"waiting \(\d+ s ago\): nothing"),
        (lambda: board(backlogs={}, unavailable="no"), r"waiting \(\d+ s ago; now no\): nothing"),
    ],
)
async def test_what_waits_is_reported_to_be_unknown_or_old_if_it_is(
    looked: Callable[[], Board], text: str
) -> None:
    assert re.search(f"; {text}$", line(Replay([]), looked()))
    to = console()
    to.print(picture("The day", Replay([]), looked()))
    assert ("(waiting: " in to.export_text()) == ("(" in text)


async def test_the_ending_tells_what_became_of_every_order_within_80_columns(ended: Replay) -> None:
    to = console()
    show_ending(ended.journeys, to)
    text = to.export_text()
    assert all(len(row) <= 80 for row in text.splitlines())
    for content in (
        "What became of the 4 orders",
        "2 completed",
        "1 payment declined",
        "1,234.56 GBP",
        "2.5 s",
        "stopped: nothing charged",
        "too late: the gateway knew",
        "4: No such product",
    ):
        assert content in text
    assert "…" not in text


@pytest.mark.parametrize("where", ["terminal", "pipe"])
async def test_the_last_thing_shown_is_how_it_stands_at_the_end(ended: Replay, where: str) -> None:
    to = console(terminal=where == "terminal")
    async with shown(to, "The day", ended, BOARD):
        await asyncio.sleep(0)
    text = to.export_text()
    assert "The day" in text
    assert "4/5 placed" in text
