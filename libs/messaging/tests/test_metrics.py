"""What a worker counts is what it has done, told once it is committed, and names no order."""

from types import SimpleNamespace

import desk
import pytest
from aiokafka import TopicPartition
from events import encode
from messaging import Processor, Publisher, Relay, TableBacklog, set_aside_unpublishable
from messaging.commands.executor import CommandExecutor
from messaging.inbound.progress import Progress
from messaging.model.buffer import Buffer
from messaging.model.hop import now_ms
from messaging.outbound.outbox import write_outbox
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from servicekit.metrics import registry
from tasks import running
from testkit import samples
from testkit.waiting import until

TOPIC = "cancellation-requested"
PLACE = TopicPartition(TOPIC, 1)


def read():
    """Every number of this process, by its name and the values of its labels."""
    text = generate_latest(registry).decode()
    return {
        (sample.name.removeprefix("orderstream_"), *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def more():
    """Call it for how much a number has grown since the test began."""
    before = read()

    def grown(name, *labels):
        series = (name, *sorted(labels))
        return read().get(series, 0) - before.get(series, 0)

    return grown


@pytest.mark.postgres
async def test_a_batch_is_counted_by_what_became_of_each_event(database, more):
    processor = Processor(desk.handlers, desk.DeskWork, database, [].append)
    order = samples.new_order()
    record = encode(samples.enveloped(samples.cancellation(order)))
    await processor.process([desk.delivery_of(record), desk.delivery_of(record)])
    await processor.process([desk.delivery_of(record)])
    assert more("events_handled_total", TOPIC, "handled") == 1
    assert more("events_handled_total", TOPIC, "repeated") == 2
    assert more("batch_records_count") == 1
    parts = ("admit", "load", "handle", "save", "commit")
    assert [more("batch_seconds_count", part) for part in parts] == [1] * 5
    assert not [name for name in read() if order in str(name)]


@pytest.mark.postgres
async def test_what_cannot_be_handled_counts_as_a_dead_letter_and_as_nothing_else(database, more):
    processor = Processor(desk.handlers, desk.DeskWork, database, [].append)
    refused = desk.poison(samples.new_order())
    await processor.process(desk.deliveries(refused))
    assert more("events_handled_total", refused.topic.name, "dead_letter") == 1
    assert more("events_handled_total", refused.topic.name, "handled") == 0
    assert more("batch_records_count") == 0


@pytest.mark.postgres
async def test_calls_are_counted_by_their_outcome(database, more):
    buffer = Buffer()
    executor = CommandExecutor(database, desk.commands, [OSError("gone")], buffer, ask_for_s=3600)
    processor = Processor(
        desk.handlers, desk.DeskWork, database, lambda done: executor.feed(done.commands)
    )
    async with running(executor):
        await processor.process(desk.deliveries(samples.placed(samples.new_order())))
        await processor.process(await buffer.take())
    assert more("command_tries_total", "Stamp", "failed") == 1
    assert more("command_tries_total", "Stamp", "answered") == 1
    assert more("command_seconds_count", "Stamp") == 2
    assert more("events_handled_total", "answer", "handled") == 1
    assert more("hop_seconds_count", "answer", "outside") == 1
    assert more("hop_seconds_count", "answer", "broker") == 0


@pytest.mark.postgres
@pytest.mark.kafka
async def test_what_waits_is_told_by_the_instance_that_leads(database, kafka, more):
    async with database.acquire() as connection, connection.transaction():
        await write_outbox(connection, [encode(samples.enveloped(samples.cancellation()))])
    publisher = Publisher("127.0.0.1:1", "test")
    relay = Relay(database, publisher, set_aside_unpublishable("order"))
    backlog = TableBacklog(database, relay, ("Stamp",))
    await backlog.look()
    assert "outbox_rows" not in {name for name, *_ in read()}
    async with running(relay):
        await until("it leads", lambda: relay.leads)
        await backlog.look()
        found = read()
    assert found["outbox_rows",] == 1
    assert found["outbox_oldest_seconds",] > 0
    assert (found["commands_pending", "Stamp"], found["dead_letters_open",]) == (0, 0)
    await backlog.look()
    assert "outbox_rows" not in {name for name, *_ in read()}
    await publisher.stop()


@pytest.mark.kafka
async def test_what_the_broker_acknowledges_is_counted_by_topic(kafka, more):
    publisher = Publisher(kafka, "test")
    rows = [SimpleNamespace(position=1, record=encode(samples.enveloped(samples.cancellation())))]
    await publisher.publish(rows)
    await publisher.stop()
    assert more("published_total", TOPIC, "acknowledged") == 1
    assert more("publish_seconds_count") == 1


class Consumer:
    """A consumer that knows where a partition ends, and what was acknowledged of it."""

    def __init__(self, end, committed=None):
        self.end, self._committed_offset = end, {PLACE: committed}

    def highwater(self, place):
        assert place == PLACE, "Partition is not assigned"
        return self.end


def heard(offset, sent_ms):
    record = SimpleNamespace(topic=TOPIC, partition=1, offset=offset, timestamp=sent_ms)
    return record, lambda: None


class TestLag:
    def lag(self, progress, consumer):
        label = (TOPIC, "1")
        seconds = progress.lag_seconds(consumer, [PLACE]).get(label)
        return progress.lag_records(consumer, [PLACE]).get(label), seconds

    def test_is_nothing_where_all_is_handled(self):
        assert self.lag(Progress(), Consumer(7, committed=7)) == (0, 0)

    def test_is_unknown_before_the_broker_has_told_the_end(self):
        assert self.lag(Progress(), Consumer(None)) == (None, None)

    def test_is_unknown_of_a_partition_that_another_one_has_got(self):
        other = TopicPartition(TOPIC, 2)
        assert Progress().lag_seconds(Consumer(7), [other]) == {}

    def test_is_the_age_of_the_last_record_that_was_handled(self):
        progress = Progress()
        progress.acknowledging(*heard(3, now_ms() - 60_000))()
        records, seconds = self.lag(progress, Consumer(10, committed=2))
        assert records == 6
        assert 60 <= seconds < 70

    def test_begins_when_something_waits_and_not_with_the_last_record_of_a_quiet_hour(self):
        progress, hour_ago = Progress(), now_ms() - 3_600_000
        progress.acknowledging(*heard(3, hour_ago))()
        assert self.lag(progress, Consumer(4)) == (0, 0)
        records, seconds = self.lag(progress, Consumer(5))
        assert records == 1
        assert seconds < 10
