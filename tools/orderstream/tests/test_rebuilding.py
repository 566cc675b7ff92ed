"""When a rebuilt order counts as the same, as different, and as one that cannot be judged."""

import io
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete
from orderstream.replay_check.orders import FIRST_STATUS, LAST_STATUS, Orders, Row, Selection
from orderstream.replay_check.rebuild import read_last, read_moving, read_oldest
from orderstream.replay_check.report import Report, compare, show_report
from rich.console import Console
from stack import Settings, infrastructure, pick, up

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DONE: Row = {
    "status": "completed",
    "payment": "captured",
    "recipient": {"key_id": "k", "sealed": "c2VjcmV0"},
    FIRST_STATUS: "accepted",
    LAST_STATUS: "completed",
}


def order_at(moment: datetime) -> str:
    return f"ord_{int(moment.timestamp() * 1000):012x}{uuid.uuid4().hex[12:]}"


OLD, NEW = order_at(NOON), order_at(NOON + 2 * HOUR)


def orders(rows: dict[str, Row], unpublished: frozenset[str] = frozenset()) -> Orders:
    return Orders(rows, unpublished, 0, ())


def judged(live: Orders, rebuilt: Orders, **more: object) -> Report:
    return compare(live, rebuilt, **{"moving": (), "held_since": None} | more)  # type: ignore[arg-type]


def shown(report: Report) -> str:
    console = Console(width=160, record=True, file=io.StringIO())
    show_report(report, console)
    return console.export_text()


def test_equal_orders_are_identical():
    report = judged(orders({OLD: DONE, NEW: DONE}), orders({OLD: DONE, NEW: DONE}))
    assert (report.identical, report.differences) == (2, [])
    assert "identical: 2" in shown(report)


def test_every_field_that_differs_is_reported_with_both_values():
    report = judged(orders({OLD: {**DONE, "payment": "voided"}}), orders({OLD: DONE}))
    (one,) = report.differences
    assert (one.order_id, one.field, one.live, one.rebuilt) == (
        OLD,
        "payment",
        "voided",
        "captured",
    )
    assert report.differing == [OLD]
    assert "differing: 1" in shown(report)


def test_an_order_that_one_side_lacks_differs():
    report = judged(orders({OLD: DONE}), orders({NEW: DONE}))
    assert [(one.order_id, one.live, one.rebuilt) for one in report.differences] == [
        (OLD, "there", "missing"),
        (NEW, "missing", "there"),
    ]


def test_who_an_order_goes_to_is_compared_and_never_shown():
    other = {**DONE, "recipient": {"key_id": "k", "sealed": "b3RoZXI="}}
    text = shown(judged(orders({OLD: DONE}), orders({OLD: other})))
    assert "recipient" in text
    assert "c2VjcmV0" not in text
    assert "b3RoZXI=" not in text


def test_what_moved_meanwhile_or_is_still_to_be_emitted_is_in_flight():
    live = orders({OLD: {**DONE, "status": "shipped"}, NEW: {}}, unpublished=frozenset({NEW}))
    report = judged(live, orders({OLD: DONE, NEW: DONE}), moving={OLD})
    assert (report.in_flight, report.differences) == ([OLD, NEW], [])


def test_an_order_older_than_what_the_topics_hold_is_not_judged_unless_it_is_the_same():
    live = orders({OLD: DONE, NEW: DONE})
    expired = judged(live, orders({NEW: {**DONE, "status": "shipped"}}), held_since=NOON + HOUR)
    assert (expired.too_old, expired.differing) == ([OLD], [NEW])
    assert "not judged: 1 that differ" in shown(expired)
    same = judged(live, live, held_since=NOON + HOUR)
    assert (same.identical, same.too_old) == (2, [])


def test_a_selection_by_time_is_one_by_id():
    first, end = Selection(since=NOON + HOUR, until=NOON + 3 * HOUR).bounds()
    assert OLD < first <= NEW < end
    first, end = Selection(order_id=OLD).bounds()
    assert first <= OLD < end < NEW
    first, end = Selection().bounds()
    assert first < OLD < NEW < "ord_" + "f" * 32 < end


@pytest.mark.kafka
async def test_what_was_emitted_since_and_what_has_expired_is_found_on_the_topics(
    settings: Settings,
):
    await up(settings, pick(infrastructure(settings), ["kafka"]))
    bootstrap = settings.kafka_bootstrap
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:

        async def publish(moment: datetime, order_id: str) -> None:
            at = int(moment.timestamp() * 1000)
            key = order_id.encode()
            await producer.send_and_wait(
                "order-placed", b"{}", key=key, partition=0, timestamp_ms=at
            )

        await publish(NOON, OLD)
        ends = await read_last(bootstrap)
        assert await read_moving(bootstrap, ends) == set()
        assert await read_oldest(bootstrap) is None
        await publish(NOON + 2 * HOUR, NEW)
        assert await read_moving(bootstrap, ends) == {NEW}
    place = TopicPartition("order-placed", 0)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.delete_records({place: RecordsToDelete(before_offset=1)})
    assert await read_oldest(bootstrap) == NOON + 2 * HOUR
    await admin.delete_records({place: RecordsToDelete(before_offset=2)})
    await admin.close()
    oldest = await read_oldest(bootstrap)
    assert oldest is not None
    assert oldest > NOON + 2 * HOUR
