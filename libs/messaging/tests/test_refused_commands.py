"""A final no ends its command, once: people have it whole, and may have it asked again."""

import asyncio
from contextlib import asynccontextmanager

import desk
import pytest
import tasks
from events import DEAD_LETTERS, DeadLettered, DeadLetterSettled, decode
from messaging import (
    Buffer,
    Delivery,
    MessageContext,
    NoAnswerError,
    Processor,
    RefusedError,
    TryAgainError,
)
from messaging.commands.executor import LEAST_TRIES, CommandExecutor
from messaging.dead_letters.redrive import Redriver
from messaging.outbound.outbox import load_headers
from testkit import samples
from testkit.waiting import until

pytestmark = pytest.mark.postgres
ASK = """
    INSERT INTO dead_letter_actions (dead_letter_id, action, reason, operator)
    SELECT max(id), $1, 'it was repaired', 'ada' FROM dead_letters
"""
DONE = "SELECT count(*) = 0 FROM dead_letter_actions WHERE done_at IS NULL"
CHANGED = "UPDATE commands SET created_at = now() - interval '2 h'"


class Desk:
    """The whole service: what it is told, what it calls, and what operators want."""

    def __init__(self, database, trouble) -> None:
        self.database, self.calls, self.buffer = database, list(trouble), Buffer()
        self.runner = CommandExecutor(
            database, desk.commands, self.calls, self.buffer, ask_for_s=3600
        )
        self.processor = Processor(
            desk.handlers, desk.DeskWork, database, lambda done: self.runner.feed(done.commands)
        )
        self.redriver = Redriver(database, desk.handlers, self.buffer)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.runner.run())
            tasks.create_task(self.redriver.run())
            tasks.create_task(self.processor.run(self.buffer))

    async def letter(self):
        return await until("there is a letter", lambda: self.database.fetchrow(LATEST))

    async def act(self, action: str) -> str:
        await self.database.execute(ASK, action)
        await until("it is done", lambda: self.database.fetchval(DONE))
        return await self.database.fetchval(
            "SELECT outcome FROM dead_letter_actions ORDER BY id DESC LIMIT 1"
        )

    async def paper(self):
        return tuple(await self.database.fetchrow("SELECT status, note FROM papers"))


LATEST = "SELECT * FROM dead_letters ORDER BY id DESC LIMIT 1"


@pytest.fixture
def opened(database, monkeypatch):
    """A desk at work with an order to stamp, and so much trouble for its first calls."""
    monkeypatch.setattr("messaging.commands.executor.BACKOFF_FIRST_S", 0.01)
    monkeypatch.setattr("messaging.commands.executor.CLAIM_EVERY_S", 0.02)
    monkeypatch.setattr("messaging.dead_letters.redrive.LOOK_EVERY_S", 0.02)

    @asynccontextmanager
    async def open_desk(order, *trouble):
        one = Desk(database, trouble)
        async with tasks.running(one):
            await one.processor.process(desk.deliveries(samples.placed(order)))
            yield one

    return open_desk


async def notices(database):
    rows = await database.fetch(
        "SELECT * FROM outbox WHERE topic = $1 ORDER BY position", DEAD_LETTERS.name
    )
    return [decode(load_headers(row["headers"]), row["value"]).event for row in rows]


async def test_a_final_no_is_asked_once_and_kept_whole_with_the_neighbours_words(database, opened):
    order = samples.new_order()
    async with opened(order, RefusedError("404: no such stamp")) as one:
        letter = await one.letter()
        assert (letter["origin"], letter["key"]) == ("command:Stamp", order)
        assert letter["error"] == "404: no such stamp"
        assert desk.Stamp.model_validate_json(letter["value"]).order_id == order
        assert await one.paper() == ("waiting", "refused: 404: no such stamp")
        assert await desk.count(database, "commands") == 0
        assert one.calls == [f"{order}:Stamp"]
        [notice] = await notices(database)
        assert isinstance(notice, DeadLettered)
        assert (notice.order_id, notice.fact, notice.error) == (
            order,
            "Stamp",
            "404: no such stamp",
        )
        assert not one.processor.breaker.is_open
    assert one.runner._held == set()


async def test_redriven_it_is_asked_again_with_the_same_key(database, opened):
    order = samples.new_order()
    async with opened(order, RefusedError("no ink")) as one:
        await one.letter()
        assert await one.act("redrive") == "redriven"
        await until("it is stamped", lambda: database.fetchval(STAMPED))
        assert one.calls == [f"{order}:Stamp"] * 2
        assert [type(notice) for notice in await notices(database)] == [
            DeadLettered,
            DeadLetterSettled,
        ]
        assert await desk.counts(database, "dead_letters", "commands") == [1, 0]


STAMPED = "SELECT status = 'stamped' FROM papers"


async def test_redriven_when_nobody_waits_for_it_any_more_nothing_is_asked(database, opened):
    async with opened(samples.new_order(), RefusedError("no ink")) as one:
        await one.letter()
        await database.execute("UPDATE papers SET status = 'stamped'")
        assert await one.act("redrive") == "redriven"
        assert await desk.count(database, "commands") == 0
    assert len(one.calls) == 1


async def test_refused_again_it_is_another_letter(database, opened):
    async with opened(samples.new_order(), RefusedError("no ink")) as one:
        await one.letter()
        one.calls.insert(0, RefusedError("no paper"))
        await one.act("redrive")

        async def is_refused_again():
            return (await database.fetchrow(LATEST))["error"] == "no paper"

        await until("it is refused again", is_refused_again)
        assert await desk.count(database, "dead_letters") == 2


async def test_discarded_it_is_a_no_by_people(database, opened, monkeypatch):
    async with opened(samples.new_order(), NoAnswerError("silence")) as one:
        await _given_up(one, monkeypatch)
        assert await one.paper() == ("waiting", None)
        assert await one.act("discard") == "discarded"
        assert await one.paper() == ("waiting", "refused: an operator says that nothing was done")
        assert (await database.fetchrow(LATEST))["outcome"] == "discarded"
        assert await desk.counts(database, "dead_letters", "commands") == [1, 0]


async def test_nothing_is_asked_without_an_end(database, opened, monkeypatch):
    order = samples.new_order()
    async with opened(order, NoAnswerError("500: a bad day")) as one:
        letter = await _given_up(one, monkeypatch)
        assert letter["origin"] == "command:Stamp"
        assert letter["error"].startswith("unknown what was done, after ")
        assert letter["error"].endswith(": 500: a bad day")
        assert int(letter["error"].split()[5]) >= LEAST_TRIES
        assert set(one.calls) == {f"{order}:Stamp"}
        assert await desk.count(database, "commands") == 0
        assert await one.act("redrive") == "redriven"
        await until("it is stamped", lambda: database.fetchval(STAMPED))


async def _given_up(one, monkeypatch):
    """Let two hours pass, in which there is no answer."""

    async def no_answer(command, calls):
        calls.append(command.key)
        raise NoAnswerError("500: a bad day")

    with monkeypatch.context() as patch:
        patch.setattr(desk.commands, "carry_out", no_answer)
        one.calls.clear()
        await until("it has been tried", lambda: len(one.calls) >= 1)
        await one.database.execute(CHANGED)
        return await one.letter()


async def test_who_wants_to_be_left_alone_is(database, opened):
    async with opened(samples.new_order(), TryAgainError("429: slower", 60.0)) as one:
        query = "SELECT last_error, due_at > now() + interval '50 s' FROM commands"
        await until("it was tried", lambda: database.fetchval("SELECT attempts FROM commands"))
        assert tuple(await database.fetchrow(query)) == ("429: slower", True)
        assert len(one.calls) == 1


async def test_a_no_to_what_was_answered_meanwhile_has_no_effect(database, opened, monkeypatch):
    order, going = samples.new_order(), asyncio.Event()

    async def late(*_):
        await going.wait()
        raise RefusedError("no such stamp")

    monkeypatch.setattr(desk.commands, "carry_out", late)
    async with opened(order) as one:
        stamped = Delivery(
            fact=desk.Stamped(order_id=order),
            cause=MessageContext("a webhook"),
            command_key=f"{order}:Stamp",
        )
        await one.buffer.put(stamped)
        await until("it is stamped", lambda: database.fetchval(STAMPED))
        before = one.processor.finished
        going.set()
        await until("the no is handled", lambda: one.processor.finished > before)
    assert await desk.counts(database, "dead_letters", "commands") == [0, 0]
    assert await one.paper() == ("stamped", None)
