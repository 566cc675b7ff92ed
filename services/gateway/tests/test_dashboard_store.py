"""What a dashboard is told: partial windows added up, the newest revision of each counting once."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from events import DashboardUpdated, Money
from gateway.problems.problem import ProblemError
from gateway.shares import Shares
from gateway.streams import dashboard as dashboard_streams
from gateway.streams.dashboard import MAX_UNREAD, DashboardStreams
from gateway.streams.dashboard_documents import numbers_of
from gateway.streams.dashboard_health import SystemHealth, lacks
from gateway.streams.dashboard_store import KEPT, DashboardStore
from gateway.streams.protocol import GOING_AWAY, TOO_SLOW, StreamEndedError
from testkit.samples import enveloped

NOON = datetime(2010, 12, 1, 12, tzinfo=UTC)


def part(partition=0, revision=1, placed=1, window=0, **more):
    update = DashboardUpdated(
        window_start=NOON + timedelta(seconds=5 * window),
        window_ms=5000,
        orders_by_status={"accepted": placed, "completed": 1},
        revenue=Money(amount=250, currency="GBP"),
        partition=partition,
        revision=revision,
        latency_buckets={0: 1},
        **more,
    )
    return enveloped(update, sequence=revision)


def show(whole):
    return numbers_of(whole, "GBP", {"MUG": "A mug"}.get)


@pytest.fixture
def board():
    return DashboardStore()


def test_partitions_add_up_and_a_repeat_or_an_older_revision_changes_nothing(board):
    for one in (part(0, 2, placed=3), part(1, 1), part(0, 1, placed=9), part(1, 1)):
        board.consume(one)
    (whole,) = board.windows()
    shown = show(whole)
    assert (shown.placed, shown.orders_per_second) == (4, 0.8)
    assert shown.orders_by_status == {"accepted": 4, "completed": 2}
    assert shown.revenue == Money(amount=500, currency="GBP")
    assert shown.latency_ms.completed == 2


def test_a_window_is_closed_when_each_of_its_partitions_is(board):
    board.consume(part(0, 2, closed=True))
    assert board.windows()[0].closed
    board.consume(part(1))
    assert not board.windows()[0].closed


def test_only_what_has_changed_is_reported_again(board):
    board.consume(part())
    board.consume(part(window=1))
    assert len(board.take_changed()) == 2
    board.consume(part(revision=2, placed=7))
    assert [show(one).placed for one in board.take_changed()] == [7]
    assert board.take_changed() == []


def test_only_the_newest_windows_are_remembered(board):
    for window in range(KEPT + 5):
        board.consume(part(window=window))
    windows = board.windows()
    assert len(windows) == KEPT
    assert windows[0].start == NOON + timedelta(seconds=25)


def test_the_sum_of_a_minute_is_of_the_windows_that_began_in_it(board):
    for window in range(4):
        board.consume(part(window=window))
    minute = board.since(NOON + timedelta(seconds=10), timedelta(minutes=1))
    assert show(minute).placed == 2


def test_products_are_named_and_those_that_sell_most_come_first(board):
    board.consume(part(units_by_product={"PEN": 1, "MUG": 2}))
    board.consume(part(1, units_by_product={"PEN": 4}))
    (shown,) = map(show, board.windows())
    assert [(one.sku, one.name, one.units) for one in shown.products] == [
        ("PEN", None, 5),
        ("MUG", "A mug", 2),
    ]


async def test_a_reader_gets_a_snapshot_first_and_is_dropped_when_it_does_not_read(board):
    board.consume(part())
    streams = DashboardStreams(Shares(1, 1), board, list, show)
    stream = streams.open()
    with pytest.raises(ProblemError, match="as many dashboards"):
        streams.open()
    first = json.loads((await stream.next()).data)
    assert (first["type"], len(first["windows"])) == ("snapshot", 1)
    for _ in range(MAX_UNREAD + 1):
        stream.add(dashboard_streams.Message("update", "{}"))
    with pytest.raises(StreamEndedError) as ended:
        await stream.next()
    assert ended.value.ending == TOO_SLOW
    stream.close()
    other = streams.open()
    streams.release()
    with pytest.raises(StreamEndedError) as ended:
        await other.next()
    assert ended.value.ending == GOING_AWAY


def test_what_a_process_lacks_is_reported():
    health = {"ready": False, "checks": {"kafka": "ok", "database": "no answer"}}
    assert lacks(httpx.Response(503, json=health)) == "database: no answer"
    assert lacks(httpx.Response(200, json={"ready": True, "checks": {"kafka": "ok"}})) is None
    assert lacks(httpx.Response(502, text="<html>")) == "status 502"
    assert lacks(httpx.Response(503, json=[1])) == "status 503"


async def test_whoever_does_not_answer_is_named():
    async with httpx.AsyncClient() as http:
        health = SystemHealth(http, "payment-worker=http://127.0.0.1:9/readyz")
        (asked,) = [await health._ask(*line.split("=")) for line in health._addresses.look()]
    assert (asked.name, asked.status) == ("payment-worker", "no_answer")
