"""What is asked of the outside world is asked until it is answered, with one and the same key."""

import asyncio
from contextlib import asynccontextmanager

import desk
import pytest
import tasks
from messaging import Buffer, Processor
from messaging.commands.executor import CommandExecutor
from testkit import samples
from testkit.waiting import until

pytestmark = pytest.mark.postgres


class Instance:
    """One instance of the service: its processor, its runner, and what it calls."""

    def __init__(self, database, calls: list) -> None:
        self.calls = calls
        self.buffer = Buffer()
        self.runner = CommandExecutor(database, desk.commands, calls, self.buffer, ask_for_s=3600)
        self.processor = Processor(desk.handlers, desk.DeskWork, database, self._after_commit)

    def _after_commit(self, committed) -> None:
        self.runner.feed(committed.commands)

    async def place(self, *orders: str) -> None:
        await self.processor.process(desk.deliveries(*map(samples.placed, orders)))

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.runner.run())
            while True:
                await self.processor.process(await self.buffer.take())


@pytest.fixture
def instance(database, monkeypatch):
    """Call it for an instance; in haste, and with so much trouble for its first calls."""
    monkeypatch.setattr("messaging.commands.executor.BACKOFF_FIRST_S", 0.01)
    monkeypatch.setattr("messaging.commands.executor.CLAIM_EVERY_S", 0.02)
    return lambda *trouble: Instance(database, list(trouble))


@pytest.fixture
def until_stamped(database):
    """Wait until so many papers are stamped and no command is left."""

    async def wait(number: int) -> None:
        async def is_so() -> bool:
            stamped = "SELECT count(*) FROM papers WHERE status = 'stamped'"
            left = await desk.count(database, "commands")
            return (await database.fetchval(stamped), left) == (number, 0)

        await until(f"{number} are stamped", is_so)

    return wait


async def test_a_command_is_carried_out_right_after_its_commit(database, instance, until_stamped):
    order, one = samples.new_order(), instance()
    async with tasks.running(one):
        await one.place(order)
        await until_stamped(1)
    assert one.calls == [f"{order}:Stamp"]
    assert await desk.counts(database, "outbox", "dead_letters") == [1, 0]
    assert one.runner._held == set()


async def test_a_call_that_fails_is_repeated_with_the_same_key(database, instance, until_stamped):
    order = samples.new_order()
    one = instance(ConnectionError("503"), OSError("no route"), RuntimeError("a bug of the client"))
    async with tasks.running(one):
        await one.place(order)
        await until_stamped(1)
    assert one.calls == [f"{order}:Stamp"] * 4
    assert await desk.count(database, "outbox") == 1


async def test_a_failure_is_noted_with_the_number_of_tries_and_the_next_moment(
    database, instance, monkeypatch
):
    monkeypatch.setattr("messaging.commands.executor.BACKOFF_FIRST_S", 60.0)
    monkeypatch.setattr("messaging.commands.executor.BACKOFF_MAX_S", 60.0)
    one = instance(ConnectionError("503"))
    async with tasks.running(one):
        await one.place(samples.new_order())
        await until("it is tried", lambda: database.fetchval("SELECT attempts FROM commands"))
    row = await database.fetchrow("SELECT *, due_at - now() AS wait FROM commands")
    assert (row["attempts"], row["last_error"]) == (1, "ConnectionError('503')")
    assert 40 < row["wait"].total_seconds() < 80


async def test_the_wait_grows_with_every_failure_up_to_its_limit(database, instance):
    waits = []

    class Watched(list):
        def append(self, key):
            waits.append(asyncio.get_running_loop().time())
            super().append(key)

    one = instance()
    one.runner._outside = one.calls = Watched([ConnectionError(str(n)) for n in range(5)])
    async with tasks.running(one):
        await one.place(samples.new_order())
        await until("six have waited", lambda: len(waits) == 6)
    assert waits[5] - waits[4] > waits[1] - waits[0]
    assert waits[5] - waits[0] > 0.75 * 0.01 * (1 + 2 + 4 + 8 + 16)


async def test_what_a_crashed_holder_left_is_taken_up_after_its_lease(
    database, instance, until_stamped
):
    orders = [samples.new_order() for _ in range(3)]
    crashed, other = instance(), instance()
    await crashed.place(*orders)  # its runner never ran
    async with tasks.running(other):
        await other.place(marker := samples.new_order())
        await until("the other instance calls", lambda: marker in "".join(other.calls))
        assert await desk.count(database, "commands") >= 3, "the lease is still on"
        await database.execute("UPDATE commands SET due_at = now()")
        await until_stamped(4)
    assert sorted(other.calls) == sorted(f"{order}:Stamp" for order in [*orders, marker])
    assert crashed.calls == []


async def test_an_answer_counts_once_even_if_two_instances_got_one(
    database, instance, until_stamped
):
    order, one, other = samples.new_order(), instance(), instance()
    await one.place(order)
    await database.execute("UPDATE commands SET due_at = now()")
    async with tasks.running(one, other):
        await until_stamped(1)
        await until("it calls", lambda: one.calls)
    assert set(one.calls + other.calls) == {f"{order}:Stamp"}
    assert await desk.counts(database, "outbox", "dead_letters") == [1, 0]


async def test_a_lease_is_renewed_while_the_call_lasts(database, instance, monkeypatch):
    monkeypatch.setattr("messaging.commands.executor.LEASE_S", 0.05)
    one, other, order = instance(), instance(), samples.new_order()

    @asynccontextmanager
    async def slow_call():
        going = asyncio.Event()

        async def carry_out(command, outside):
            outside.append(command.key)
            await going.wait()
            return desk.Stamped(order_id=command.order_id)

        monkeypatch.setattr(desk.commands, "carry_out", carry_out)
        yield going
        going.set()

    async with slow_call() as going, tasks.running(one, other):
        await one.place(order)
        first = await database.fetchval("SELECT due_at FROM commands")
        later = "SELECT due_at > $1::timestamptz + interval '0.2 s' FROM commands"
        await until("it is claimed again", lambda: database.fetchval(later, first))
        assert (one.calls, other.calls) == ([f"{order}:Stamp"], [])
        going.set()
        await until(
            "no command is left", lambda: database.fetchval("SELECT count(*) = 0 FROM commands")
        )


async def test_many_commands_are_under_way_at_once_but_not_too_many(
    instance, until_stamped, monkeypatch
):
    monkeypatch.setattr("messaging.commands.executor.MAX_IN_FLIGHT", 5)
    one, under_way, most = instance(), 0, 0

    async def carry_out(command, outside):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        for _ in range(5):
            await asyncio.sleep(0)
        under_way -= 1
        return desk.Stamped(order_id=command.order_id)

    monkeypatch.setattr(desk.commands, "carry_out", carry_out)
    async with tasks.running(one):
        await one.place(*(samples.new_order() for _ in range(40)))
        await until_stamped(40)
    assert most == 5


async def test_what_memory_does_not_take_is_claimed_from_the_table(
    database, instance, until_stamped, monkeypatch
):
    monkeypatch.setattr("messaging.commands.executor.MEMORY_COMMANDS", 3)
    one = instance()
    await one.place(*(samples.new_order() for _ in range(10)))
    assert len(one.runner._waiting) == 3
    await database.execute("UPDATE commands SET due_at = now()")
    async with tasks.running(one):
        await until_stamped(10)
    assert len(one.calls) == 10
