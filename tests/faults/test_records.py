"""Unreadable records, on every topic that a service acts on: they are set aside, and orders go on."""

from collections.abc import Sequence

import pytest
from aiokafka import TopicPartition
from e2e.asking import command_line
from e2e.faults import stopped
from e2e.shop import Shop
from events import EVENT_TOPICS, encode
from orderstream.dead_letters.reading import WORKERS
from stack import DATABASES
from stack.kafka import data_folder
from testkit import raw_batches as raw
from testkit import samples
from testkit.raw_batches import Raw, batch
from testkit.waiting import until

pytestmark = pytest.mark.system
FOLLOWED = {
    topic.name: [service for service in topic.followed_by if service in WORKERS]
    for topic in EVENT_TOPICS
    if set(topic.followed_by) & set(WORKERS)
}
MANY, AT_ONCE = 700, 100
OF_NO_TYPE = 5
"""So many of the strange ones say no type: those that say one are passed over by who does not act on it."""
OPEN = "SELECT count(*) FROM dead_letters WHERE settled_at IS NULL"
SPOILS = (raw.with_wrong_checksum, raw.with_codec_of_nobody, raw.cut_off)


def headers(**changed: bytes | None) -> list[tuple[bytes, bytes | None]]:
    """Those of an event of ours, with some of them changed."""
    headers_sent = dict(
        encode(samples.enveloped(samples.cancellation(samples.new_order()))).headers
    )
    return [(name.encode(), value) for name, value in (headers_sent | changed).items()]


def strange() -> list[Raw]:
    """One record of each kind that cannot be read, and one that a newer release may say."""
    return [
        Raw(None, None),
        Raw(b"?", b"?"),
        Raw(b"?", b"?", [(b"\xff\xfe", b"?")]),
        Raw(b"?", b"?", [(b"ce_type", None)]),
        Raw(b"?", b"?", [(b"h", b"x" * 900_000)]),
        Raw(b"?", b"?", [*headers(), (b"ce_id", b"?")]),
        Raw(b"?", b"?", headers(ce_id=b"no id")),
        Raw(b"?", b"?", headers(ce_sequence=b"9" * 30)),
        Raw(b"\xff", b"?", headers()),
        Raw(b"?", b"?", headers(ce_type=b"orderstream.OrderPraised.v1")),
    ]


@pytest.mark.parametrize("topic", FOLLOWED)
async def test_records_that_nobody_can_read(shop: Shop, trial, topic: str) -> None:
    before = await letters(shop, topic)
    fault = f"on {topic}: records unreadable in every way, then {MANY} in a row"
    async with trial(shop, fault) as running, running.fault():
        await produce(shop, topic, [batch(one) for one in strange()])
        nothing = batch(*[Raw(b"?", b"?")] * AT_ONCE)
        await produce(shop, topic, [nothing] * (MANY // AT_ONCE))
    expected = MANY + OF_NO_TYPE

    async def are_set_aside() -> bool:
        now = await letters(shop, topic)
        return all(now[service] - before[service] >= expected for service in FOLLOWED[topic])

    await until("all are set aside by all who act on the topic", are_set_aside)


async def test_batches_that_a_disk_has_spoiled(shop: Shop, trial) -> None:
    """They are spoiled before any worker has read them, so the workers are stopped meanwhile."""
    workers = [one.name for one in shop.system.processes if "-worker" in one.name]
    folder = data_folder(shop.system.settings, 1)
    fault = "on every topic: batches that a disk has spoiled, before the workers start"
    async with trial(shop, fault) as running, running.fault(), stopped(shop.system, *workers):
        for topic in FOLLOWED:
            good = batch(Raw(b"?", b"?"), Raw(b"?", b"?"))
            offsets = await produce(shop, topic, [good] * len(SPOILS))
            for offset, change in zip(offsets, SPOILS, strict=True):
                raw.spoil(folder, TopicPartition(topic, 0), offset, change)


async def test_a_worker_that_nothing_good_reaches_is_resumed(shop: Shop, trial, fires) -> None:
    """Without a success it waits for people: `orderstream dead-letters set-aside shipping`."""
    run = command_line(shop)
    fault = f"{MANY} in a row and nothing else, then `dead-letters set-aside notifier`"
    await produce(shop, "order-status-changed", [batch(*[Raw(b"?", b"?")] * AT_ONCE)] * 7)

    async def is_paused() -> bool:
        answers = [await readiness(shop, name) for name in ("notifier-worker", "notifier-worker-2")]
        return any("paused" in answer for answer in answers)

    await until("a worker is paused", is_paused)
    await fires("BreakerOpen", "notifier-worker")
    await fires("LagGrows", "notifier-worker")
    output = await run("dead-letters", "set-aside", "notifier", "--reason", "a test")
    assert output.exit_code == 0, output.output
    async with trial(shop, fault) as running, running.fault(has_struck=True):
        await until("no worker is paused", lambda: goes_on(shop))


async def test_what_was_set_aside_is_given_up_in_the_end(shop: Shop, fires) -> None:
    run = command_line(shop)
    await fires("DeadLettersOpen", "notifier-worker")
    for service in WORKERS:
        if not await shop.books.ask(DATABASES[service], OPEN):
            continue
        output = await run("dead-letters", "discard", "--service", service, "--reason", "a test")
        assert output.exit_code == 0, output.output[-2000:]


async def produce(shop: Shop, topic: str, batches: Sequence[bytes]) -> list[int]:
    return await raw.produce(shop.system.settings.kafka_bootstrap, topic, 0, *batches)


async def letters(shop: Shop, topic: str) -> dict[str, int]:
    """How many open letters each service has that acts on a topic."""
    return {
        service: int(await shop.books.ask(DATABASES[service], OPEN)) for service in FOLLOWED[topic]
    }


async def readiness(shop: Shop, name: str) -> str:
    [process] = [one for one in shop.system.processes if one.name == name]
    return (await shop.http.get(str(process.health_url))).text


async def goes_on(shop: Shop) -> bool:
    names = ("notifier-worker", "notifier-worker-2")
    return not any(["paused" in await readiness(shop, name) for name in names])
