"""Group commit: what concurrent requests want written goes into one transaction.

A commit costs the same for one order as for fifty. While one group is being written the next one
gathers, so that a lone request is written at once.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from servicekit import is_connection_error

Item = TypeVar("Item")
Result = TypeVar("Result")
GROUP = 100
WRITERS = 2


class FullError(RuntimeError):
    """More items wait to be written than may wait."""


class GroupCommit(Generic[Item, Result]):
    """Writer of items in groups; `write` gets some and gives one result for each, in their order."""

    def __init__(
        self, write: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]], limit: int
    ) -> None:
        self._write = write
        self._limit = limit
        self._unwritten: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._arrived = asyncio.Event()

    def __len__(self) -> int:
        return len(self._unwritten)

    async def submit(self, item: Item) -> Result:
        """Have one item written, and wait until it is.

        Raises:
            FullError: too many are waiting already.
        """
        if len(self._unwritten) >= self._limit:
            raise FullError
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._unwritten.append((item, future))
        self._arrived.set()
        return await future

    async def run(self) -> None:
        """Write until cancelled, a few groups at a time."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(WRITERS):
                tasks.create_task(self._write_groups())

    async def _write_groups(self) -> None:
        while True:
            while not self._unwritten:
                self._arrived.clear()
                await self._arrived.wait()
            size = min(GROUP, len(self._unwritten))
            await self._settle([self._unwritten.popleft() for _ in range(size)])

    async def _settle(self, group: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        """Write a group and resolve its futures; if the data of one is refused, each is written alone."""
        try:
            results = await self._write([item for item, _ in group])
        except Exception as error:
            if len(group) > 1 and not is_connection_error(error):
                for member in group:
                    await self._settle([member])
                return
            for _, future in group:
                if not future.done():
                    future.set_exception(error)
        else:
            for (_, future), result in zip(group, results, strict=True):
                if not future.done():
                    future.set_result(result)
