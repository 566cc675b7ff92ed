"""One order is one trace: across the broker, a command's tries, a crash, and a dead letter's redrive."""

import asyncio
from contextlib import asynccontextmanager

import desk
import pytest
import tasks
from events import OrderOverdue, Waits, decode, encode
from messaging import (
    Buffer,
    Commands,
    ConsumedRecord,
    Delivery,
    MessageContext,
    Processor,
    Publisher,
    Relay,
    decode_delivery,
    set_aside_unpublishable,
)
from messaging.commands.executor import CommandExecutor
from messaging.model.hop import Hop, now_ms
from messaging.outbound.outbox import load_headers
from servicekit.caller import open_caller
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from testkit import samples
from testkit.listening import records_on
from testkit.serving import served
from testkit.spans import recorded_spans
from testkit.waiting import until
from tracing import Kind, TraceContext
from tracing.conventions import faults
from tracing.otlp import encode as encode_spans

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]
PLACED = TraceContext("4b" * 16, "f0" * 8)
"""What the event that a test begins with was created as."""
SECRET = "tok_planted_ada@example.com_1 Mill Lane"
CONSUMED, EMITTED = samples.placed().topic.name, OrderOverdue.topic.name
commands = Commands()


@commands.on(desk.Stamp)
async def stamp(command: desk.Stamp, caller) -> desk.Stamped:
    body = {"token": command.token}
    reply = await caller.post(
        f"/stamps/{command.token}", body, idempotency_key=command.key, template="/stamps/{id}"
    )
    if reply.status != 200:
        raise ConnectionError(reply.body.decode())
    return desk.Stamped(order_id=command.order_id)


class Office:
    """The world outside, which remembers what it was asked with; its first answers may be errors."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.asked = []

    async def answer(self, request) -> JSONResponse:
        self.asked.append(request.headers.get("traceparent"))
        status = self.statuses.pop(0) if self.statuses else 200
        return JSONResponse({"told": SECRET}, status)


class Service:
    """A worker's parts around one buffer: they handle, call, and relay."""

    def __init__(self, database, kafka, caller) -> None:
        self.buffer = Buffer()
        self.publisher = Publisher(kafka, "test")
        self.relay = Relay(database, self.publisher, set_aside_unpublishable("order"))
        self.executor = CommandExecutor(database, commands, caller, self.buffer, ask_for_s=3600)
        self.processor = Processor(desk.handlers, desk.DeskWork, database, self._after_commit)

    def _after_commit(self, committed) -> None:
        self.relay.feed(committed.rows)
        self.executor.feed(committed.commands)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.relay.run())
            group.create_task(self.executor.run())
            group.create_task(self.processor.run(self.buffer))


@pytest.fixture
def spans():
    with recorded_spans() as recorded:
        yield recorded


@pytest.fixture
def processor(database):
    """Handle without feeding relay or executor: as a process that dies after its commit."""
    return Processor(desk.handlers, desk.DeskWork, database, lambda _: None)


@pytest.fixture
def service(database, kafka, monkeypatch):
    """Open a service whose commands go to an office; in haste."""
    monkeypatch.setattr("messaging.commands.executor.BACKOFF_FIRST_S", 0.01)
    monkeypatch.setattr("messaging.commands.executor.CLAIM_EVERY_S", 0.02)
    # On a busy machine a row that is being sent would be swept, too, and sent twice.
    monkeypatch.setattr("messaging.outbound.relay.STALE_AFTER_S", 300.0)

    @asynccontextmanager
    async def opened(office: Office):
        app = Starlette(routes=[Route("/stamps/{token}", office.answer, methods=["POST"])])
        async with served(app) as address, open_caller(address) as caller:
            made = Service(database, kafka, caller)
            yield made
            await made.publisher.stop()

    return opened


@pytest.fixture
def published(database, kafka):
    """Wait until an order's event is in the broker and out of the outbox; gives its envelope."""

    async def wait(order: str):
        found = []

        async def is_published() -> bool:
            found[:] = await records_on(kafka, EMITTED, [order])
            return bool(found) and await desk.counts(database, "outbox", "commands") == [0, 0]

        await until("all is published", is_published)
        (record,) = found
        return decode(record.headers, record.value)

    return wait


def arrived(order: str, *, traceparent=PLACED.traceparent, token: str = SECRET) -> Delivery:
    """A placed order as it comes from the broker: emitted, sent 30 ms later, and here after 20."""
    envelope = samples.enveloped(
        samples.placed(order, payment_token=token), traceparent=traceparent
    )
    record, emitted_ms = encode(envelope), int(envelope.time.timestamp() * 1000)
    consumed = ConsumedRecord(
        record.topic, 3, 7, record.key, record.value, tuple(record.headers),
        sent_ms=emitted_ms + 30, arrived_ms=emitted_ms + 50,
    )  # fmt: skip
    return decode_delivery(consumed, lambda: None)


def delivery_of(event) -> Delivery:
    """Another event of the same trace."""
    return desk.delivery_of(encode(samples.enveloped(event, traceparent=PLACED.traceparent)))


async def test_all_that_follows_from_an_event_is_one_trace(database, service, published, spans):
    order, office = samples.new_order(), Office(503)
    async with service(office) as one, tasks.running(one):
        await one.buffer.put(arrived(order))
        envelope = await published(order)
    process, handle = spans.one(f"process {CONSUMED}"), spans.one("handle Stamped")
    failed, call = spans.named("POST /stamps/{id}")
    create, send = spans.one(f"create {EMITTED}"), spans.one(f"send {EMITTED}")
    family = [process, failed, call, handle, create]
    assert {span.context.trace_id for span in family} == {PLACED.trace_id}
    assert (process.parent_id, process.links[0]) == (PLACED.span_id, PLACED)
    assert (failed.parent_id, call.parent_id) == (process.context.span_id,) * 2
    assert office.asked == [failed.context.traceparent, call.context.traceparent]
    assert handle.parent_id == call.context.span_id
    assert create.parent_id == handle.context.span_id
    assert envelope.traceparent == create.context.traceparent
    assert send.links == [create.context]
    assert (failed.attributes["error.type"], "error.type" in call.attributes) == ("503", False)
    assert ("http.request.resend_count" in failed.attributes) is False
    assert call.attributes["http.request.resend_count"] == 1
    about = {span.attributes["messaging.message.conversation_id"] for span in family}
    assert about == {order}


async def test_a_batch_and_its_deliveries_are_linked_both_ways(processor, spans):
    await processor.process([arrived(samples.new_order()) for _ in range(3)])
    batch, deliveries = spans.one("handle batch"), spans.named(f"process {CONSUMED}")
    assert batch.parent_id is None
    assert batch.links == [span.context for span in deliveries]
    assert all(batch.context in span.links for span in deliveries)
    assert batch.attributes == {"messaging.batch.message_count": 3}


async def test_every_span_has_what_its_convention_asks_and_tells_nothing_personal(
    database, service, published, spans
):
    order, poisoned = samples.new_order(), samples.new_order()
    async with service(Office(400, 503)) as one, tasks.running(one):
        await one.buffer.put(arrived(order))
        await one.buffer.put(desk.delivery_of(encode(samples.enveloped(desk.poison(poisoned)))))
        await published(order)
    assert {span.kind for span in spans.look()} == set(Kind) - {Kind.SERVER}
    assert [fault for span in spans for fault in faults(span)] == []
    exported = encode_spans(spans, {"service.name": "desk"})
    assert [one for one in (SECRET, "ada@", "Mill", "planted") if one.encode() in exported] == []


async def test_what_is_rolled_back_leaves_no_span(processor, spans):
    good, bad = samples.new_order(), samples.new_order()
    poison = delivery_of(desk.poison(bad))
    await processor.process([arrived(good), poison])
    (ended,) = spans.named(f"process {CONSUMED}")  # it was begun twice: with the other, and alone
    assert ended.attributes["messaging.message.conversation_id"] == good
    (failed,) = [span for span in spans if span.attributes.get("error.type")]
    assert (failed.attributes["error.type"], failed.context.trace_id) == (
        "RuntimeError",
        PLACED.trace_id,
    )


async def test_a_trace_goes_on_after_a_crash(database, processor, service, published, spans):
    order = samples.new_order()
    await processor.process([arrived(order)])  # and it dies before the command is fed
    await database.execute("UPDATE commands SET due_at = now()")
    process = spans.one(f"process {CONSUMED}")
    async with service(Office()) as one, tasks.running(one):
        envelope = await published(order)
    assert spans.one("POST /stamps/{id}").parent_id == process.context.span_id
    assert TraceContext.parse(envelope.traceparent).trace_id == PLACED.trace_id
    assert envelope.waits.outbox is None  # the first hop's times died with the process
    assert envelope.waits.outside >= 0


async def test_a_row_that_a_crash_left_is_sent_as_part_of_its_trace(  # noqa: PLR0917
    database, processor, service, published, spans, monkeypatch
):
    monkeypatch.setattr("messaging.outbound.relay.STALE_AFTER_S", 0.1)
    monkeypatch.setattr("messaging.outbound.relay.SWEEP_EVERY_S", 0.05)
    order = samples.new_order()
    await processor.process([delivery_of(samples.cancellation(order))])
    async with service(Office()) as one, tasks.running(one):
        await published(order)
    send = spans.one(f"send {EMITTED}")
    assert send.links == [spans.one(f"create {EMITTED}").context]
    assert send.attributes["orderstream.relay.swept"] is True


async def test_a_redelivery_is_no_second_span(processor, spans):
    delivery = arrived(samples.new_order())
    await processor.process([delivery])
    await processor.process([delivery])
    assert len(spans.named(f"process {CONSUMED}")) == 1
    assert len(spans.named("handle batch")) == 1


async def test_a_dead_letter_keeps_its_trace(database, processor, monkeypatch, spans):
    delivery = arrived(samples.new_order())
    with monkeypatch.context() as patch:
        patch.setattr(desk.DeskWork, "of", lambda *_: 1 / 0)
        await processor.process([delivery])
    kept = dict(load_headers(await database.fetchval("SELECT headers FROM dead_letters")))
    assert kept["traceparent"] == PLACED.traceparent.encode()
    failed = spans.one(f"process {CONSUMED}")
    assert spans.one("create dead-letters").parent_id == failed.context.span_id


async def test_a_trace_that_is_not_recorded_goes_on_unchanged(database, service, published, spans):
    order, unsampled = samples.new_order(), PLACED.sampled(wanted=False)
    office = Office()
    async with service(office) as one, tasks.running(one):
        await one.buffer.put(arrived(order, traceparent=unsampled.traceparent))
        envelope = await published(order)
    assert spans.look() == []
    assert envelope.traceparent == unsampled.traceparent
    assert office.asked == [unsampled.traceparent]


async def test_an_event_says_where_the_time_went_on_the_hop_before(database, service, published):
    order = samples.new_order()
    async with service(Office()) as one, tasks.running(one):
        await one.buffer.put(arrived(order))
        waits = (await published(order)).waits
    assert (waits.outbox, waits.broker) == (30, 20)
    assert min(waits.linger, waits.handling, waits.outside) >= 0


def test_waits_add_up_to_those_of_the_question_and_are_never_negative():
    before = Waits(outbox=12, broker=6, linger=10, handling=5)
    hop = Hop(1_000, asked_ms=600, before=before, taken_ms=1_020)
    assert str(hop.waits(1_030)) == "12,6,30,15;400"
    of_other_clocks = Hop(900, emitted_ms=2_000, sent_ms=1_000, taken_ms=950)
    assert str(of_other_clocks.waits(940)) == "0,0,50,0;"


async def test_a_timer_begins_a_trace_of_its_own(database, processor, spans):
    fact = desk.Stamped(order_id=samples.new_order())
    await database.execute(
        "INSERT INTO papers (order_id, status) VALUES ($1, 'waiting')", fact.order_id
    )
    await processor.process([Delivery(fact=fact, cause=MessageContext("x"), hop=Hop(now_ms()))])
    handle, create = spans.one("handle Stamped"), spans.one(f"create {EMITTED}")
    assert (handle.parent_id, create.parent_id) == (None, handle.context.span_id)
