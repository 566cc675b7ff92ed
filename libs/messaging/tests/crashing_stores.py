"""A database and a broker in memory, which a test can let die at any moment."""

import copy
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from messaging.commands import store as pending
from messaging.dead_letters import store as dead_letters
from messaging.inbound import inbox
from messaging.outbound import outbox, relay
from messaging.outbound.publisher import HandedOver


class CrashError(BaseException):
    """The process is gone: nothing in it may catch this."""


@dataclass
class Tables:
    inbox: set = field(default_factory=set)
    outbox: dict = field(default_factory=dict)
    commands: dict = field(default_factory=dict)
    papers: dict = field(default_factory=dict)
    dead_letters: list = field(default_factory=list)


class Database:
    """The few statements of the messaging, over tables that survive a crash."""

    def __init__(self) -> None:
        self.kept = Tables()
        self.die_at: str | None = None
        self.position = 0

    def reach(self, point: str) -> None:
        if self.die_at == point:
            self.die_at = None
            raise CrashError(point)

    @asynccontextmanager
    async def acquire(self):
        yield self

    @asynccontextmanager
    async def transaction(self):
        before = copy.deepcopy(self.kept)
        try:
            yield
            self.reach("before commit")
        except BaseException:
            self.kept = before
            raise

    async def fetch(self, statement, keys, *columns):
        if statement == inbox.INSERT:
            fresh = set(keys) - self.kept.inbox
            self.kept.inbox |= fresh
            return [(event_id,) for event_id in fresh]
        if statement == pending.SETTLE:
            return [(key,) for key in keys if self.kept.commands.pop(key, None)]
        assert statement == outbox.INSERT
        first = self.position + 1
        self.position += len(keys)
        self.kept.outbox |= dict(
            zip(range(first, self.position + 1), zip(keys, *columns, strict=True), strict=True)
        )
        return [(position,) for position in range(first, self.position + 1)]

    async def fetchval(self, statement, *columns):
        assert statement == dead_letters.INSERT
        self.kept.dead_letters.append(columns)
        return len(self.kept.dead_letters)

    async def execute(self, statement, keys, *columns):
        if statement == pending.INSERT:
            for row in zip(keys, *columns[:-1], strict=True):
                self.kept.commands.setdefault(row[0], row)
        else:
            assert statement == relay.DELETE
            self.reach("before delete")
            for position in keys:
                self.kept.outbox.pop(position, None)


class Broker:
    """What was published; unavailable on demand, before or after it took half of the records."""

    def __init__(self) -> None:
        self.records = []
        self.takes = None

    async def hand_over(self, rows):
        taken = rows if self.takes is None else rows[: len(rows) * self.takes // 2]
        self.takes = None
        self.records += [row.record for row in taken]
        return HandedOver(list(taken))
