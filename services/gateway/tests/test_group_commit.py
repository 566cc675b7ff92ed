import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
from gateway.intake.group_commit import GROUP, FullError, GroupCommit


@asynccontextmanager
async def running(group_commit: GroupCommit[int, int]) -> AsyncIterator[None]:
    task = asyncio.create_task(group_commit.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Writer:
    """Doubles numbers; may not write any that `refuses` says."""

    def __init__(self, refuses: Callable[[int], bool] = lambda _: False) -> None:
        self.groups: list[list[int]] = []
        self._refuses = refuses
        self.away = False

    async def write(self, numbers: Sequence[int]) -> list[int]:
        await asyncio.sleep(0)
        self.groups.append(list(numbers))
        if self.away:
            raise ConnectionResetError
        if any(map(self._refuses, numbers)):
            raise ValueError("refused")
        return [number * 2 for number in numbers]


async def test_what_comes_together_is_written_together() -> None:
    writer = Writer()
    group_commit = GroupCommit(writer.write, limit=1000)
    async with running(group_commit):
        results = await asyncio.gather(*map(group_commit.submit, range(250)))
    assert results == [number * 2 for number in range(250)]
    assert len(writer.groups) <= 5
    assert max(map(len, writer.groups)) <= GROUP


async def test_one_that_is_refused_does_not_harm_the_others() -> None:
    writer = Writer(refuses=lambda number: number == 7)
    group_commit = GroupCommit(writer.write, limit=1000)
    async with running(group_commit):
        results = await asyncio.gather(*map(group_commit.submit, range(10)), return_exceptions=True)
    assert isinstance(results.pop(7), ValueError)
    assert results == [number * 2 for number in range(10) if number != 7]


async def test_everybody_is_reported_when_the_database_is_away() -> None:
    writer = Writer()
    writer.away = True
    group_commit = GroupCommit(writer.write, limit=1000)
    async with running(group_commit):
        results = await asyncio.gather(*map(group_commit.submit, range(3)), return_exceptions=True)
        assert [type(result) for result in results] == [ConnectionResetError] * 3
        assert len(writer.groups) == 1
        writer.away = False
        assert await group_commit.submit(1) == 2


async def test_more_than_may_wait_is_refused_at_once() -> None:
    group_commit = GroupCommit(Writer().write, limit=2)
    waiting = [asyncio.create_task(group_commit.submit(number)) for number in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(FullError):
        await group_commit.submit(3)
    async with running(group_commit):
        assert await asyncio.gather(*waiting) == [0, 2]


async def test_whoever_no_longer_waits_is_no_hindrance() -> None:
    group_commit = GroupCommit(Writer().write, limit=10)
    gone, staying = (asyncio.create_task(group_commit.submit(number)) for number in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    async with running(group_commit):
        assert await staying == 2
