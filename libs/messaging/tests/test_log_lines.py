"""Every line says which order, fact, event, command and trace it is about, and no other's."""

import uuid
from dataclasses import replace

import desk
import pytest
import tasks
from events import encode
from messaging import Buffer, Processor
from messaging.commands.executor import CommandExecutor
from servicekit.log_subject import add_subject
from structlog import get_logger
from structlog.testing import capture_logs
from testkit import samples
from testkit.waiting import until

pytestmark = pytest.mark.postgres
PLANTED = "tok_planted"
ABOUT = ("order_id", "fact", "event_id", "trace_id", "command", "record")


@pytest.fixture
def lines():
    """What is logged, as the lines of a service have it."""
    with capture_logs(processors=[add_subject]) as lines:
        yield lines


@pytest.fixture
def processor(database):
    return Processor(desk.handlers, desk.DeskWork, database, lambda _: None)


def about(line):
    return {key: line[key] for key in ABOUT if key in line}


async def test_the_lines_of_a_batch_name_each_its_own_event(processor, lines):
    orders = [samples.new_order(), samples.new_order()]
    traces = [uuid.uuid4().hex, None]
    said = [
        samples.enveloped(samples.placed(order), traceparent=trace and f"00-{trace}-{'1' * 16}-01")
        for order, trace in zip(orders, traces, strict=True)
    ]
    await processor.process([desk.delivery_of(encode(one)) for one in said])
    first, second = (line for line in lines if line["event"] == "fact_handled")
    told = {"order_id": orders[0], "fact": "OrderPlaced", "event_id": str(said[0].id)}
    assert about(first) == told | {"trace_id": traces[0]}
    assert about(second) == {
        "order_id": orders[1],
        "fact": "OrderPlaced",
        "event_id": str(said[1].id),
    }


async def test_a_dead_letter_names_its_order_and_the_line_after_it_does_not(processor, lines):
    order, well = samples.new_order(), samples.new_order()
    await processor.process(desk.deliveries(desk.poison(order), samples.cancellation(well)))
    get_logger("desk").info("after")
    told = {line["event"]: about(line) for line in lines}
    assert told["dead_letter_stored"]["order_id"] == order
    assert told["dead_letter_stored"]["fact"] == "PaymentDeclined"
    assert told["fact_handled"]["order_id"] == well
    assert told["after"] == {}


async def test_what_cannot_be_read_is_named_by_its_place_and_its_key(processor, lines):
    order = samples.new_order()
    record = replace(encode(samples.enveloped(samples.placed(order))), value=b"{")
    delivery = desk.delivery_of(record)
    await processor.process([delivery])
    (line,) = (line for line in lines if line["event"] == "dead_letter_stored")
    place = f"{record.topic}/0/{delivery.record.offset}"
    assert about(line) == {"order_id": order, "record": place}


async def test_the_tries_of_commands_at_once_name_each_its_own(
    database, processor, lines, monkeypatch
):
    monkeypatch.setattr("messaging.commands.executor.BACKOFF_FIRST_S", 0.01)
    monkeypatch.setattr("messaging.commands.executor.CLAIM_EVERY_S", 0.02)
    orders = [samples.new_order(), samples.new_order()]
    calls = [ConnectionError("503"), ConnectionError("503")]
    runner = CommandExecutor(database, desk.commands, calls, Buffer(), ask_for_s=3600)
    monkeypatch.setattr(processor, "_after_commit", lambda done: runner.feed(done.commands))
    await processor.process(desk.deliveries(*map(samples.placed, orders)))
    async with tasks.running(runner):
        await until("both are answered", lambda: _of(lines, "command_answered") == set(orders))
    assert _of(lines, "command_postponed") == set(orders)
    tried = [line for line in lines if line["event"].startswith("command_")]
    assert all(line["command"] == f"{line['order_id']}:Stamp" for line in tried)


async def test_no_line_holds_what_an_event_says_of_a_person(processor, lines):
    """Neither of one that a handler fails on, nor of one that cannot be read."""
    placed = encode(samples.enveloped(samples.placed(samples.new_order(), payment_token=PLANTED)))
    bad = replace(placed, value=placed.value.replace(b'"lines":[', b'"lines":[7,'))
    assert bad.value != placed.value
    await processor.process(
        [desk.delivery_of(bad), desk.delivery_of(replace(placed, value=placed.value[:-9]))]
    )
    assert len(_of(lines, "dead_letter_stored")) == 1
    words = repr(lines)
    assert PLANTED not in words
    assert samples.SEALED.sealed not in words


def _of(lines, event):
    return {line["order_id"] for line in lines if line["event"] == event}
