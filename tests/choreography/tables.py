"""A service's database in plain Python: the few statements of the messaging, and transactions."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from messaging.commands import store as pending
from messaging.dead_letters import actions as acts
from messaging.dead_letters import store as dead_letters
from messaging.inbound import inbox
from messaging.outbound import outbox

LETTER = ("origin", "partition", "offset", "key", "value", "headers")


class CrashError(BaseException):
    """The process is gone: nothing in it may catch this."""


@dataclass
class Tables:
    """What survives a crash. `state` is what the service's own tables hold."""

    state: dict[str, Any]
    inbox: set[UUID] = field(default_factory=set)
    outbox: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    commands: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    letters: dict[int, dict[str, Any]] = field(default_factory=dict)
    open_letters: set[int] = field(default_factory=set)
    actions: dict[int, int] = field(default_factory=dict)


class Database:
    """Answers like asyncpg's pool and connection, one transaction at a time."""

    def __init__(self, state: dict[str, Any]) -> None:
        self.kept = Tables(state)
        self.dies = False
        self._numbers = 0

    def number(self) -> int:
        """The next value of the only sequence."""
        self._numbers += 1
        return self._numbers

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator["Database"]:
        """The only connection."""
        yield self

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """All of it or, if the process dies before the commit, nothing."""
        before, states = self.kept, self.kept.state
        self.kept = Tables(
            states, *(type(kept)(kept) for name, kept in vars(before).items() if name != "state")
        )
        try:
            yield
            self._commit()
        except BaseException:
            self.kept = before
            raise

    def _commit(self) -> None:
        if self.dies:
            raise CrashError

    async def fetch(self, statement: str, first: Sequence[Any], *columns: Any) -> list[Any]:
        """The statements that return rows."""
        kept = self.kept
        match statement:
            case inbox.INSERT:
                fresh = set(first) - kept.inbox
                kept.inbox |= fresh
                return [(event_id,) for event_id in fresh]
            case pending.SETTLE:
                return [(key,) for key in first if kept.commands.pop(key, None)]
            case outbox.INSERT:
                rows = {self.number(): row for row in zip(first, *columns, strict=True)}
                kept.outbox |= rows
                return [(position,) for position in rows]
            case acts.SETTLE:
                return [self._settle(action) for action in first if action in kept.actions]
            case acts.ASKED:
                return [
                    {"action_id": number, "action": "redrive", "id": letter, **kept.letters[letter]}
                    for number, letter in kept.actions.items()
                    if number not in first
                ]
        raise NotImplementedError(statement)

    def _settle(self, action: int) -> tuple[int, bool]:
        letter = self.kept.actions.pop(action)
        was_open = letter in self.kept.open_letters
        self.kept.open_letters.discard(letter)
        return action, was_open

    async def fetchval(self, statement: str, *columns: Any) -> int:
        """Set something aside."""
        if statement != dead_letters.INSERT:
            raise NotImplementedError(statement)
        letter = self.number()
        self.kept.letters[letter] = dict(zip(LETTER, columns, strict=False))
        self.kept.open_letters.add(letter)
        return letter

    async def execute(self, statement: str, first: Any, *columns: Any) -> None:
        """Write a command down, or note that a letter could not be handled this time either."""
        match statement:
            case pending.INSERT:
                for row in zip(first, *columns[:-1], strict=True):
                    self.kept.commands.setdefault(row[0], row)
            case acts.FAIL:
                self.kept.actions.pop(first, None)
            case _:
                raise NotImplementedError(statement)

    def load(self) -> dict[str, Any]:
        """What the service's own tables hold, to be changed and saved."""
        return deepcopy(self.kept.state)
