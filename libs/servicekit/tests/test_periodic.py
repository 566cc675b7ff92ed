"""Background work outlives a database that is unavailable, and nothing else."""

import asyncpg
import pytest
from servicekit import run_every


def steps(*outcomes):
    """A step that ends each time as the next outcome says, and how often it was taken."""
    left, taken = list(outcomes), []

    async def step() -> None:
        taken.append(1)
        raise left.pop(0)

    return step, taken


class BugError(Exception):
    """What no one expected."""


@pytest.mark.parametrize(
    "away",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.AdminShutdownError(),
        asyncpg.DeadlockDetectedError(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_database_that_is_away_is_tried_again(away):
    step, taken = steps(away, away, BugError())
    with pytest.raises(BugError):
        await run_every(step, 0)
    assert len(taken) == 3


@pytest.mark.parametrize("error", [BugError(), asyncpg.UniqueViolationError(), ValueError()])
async def test_anything_else_ends_it(error):
    step, taken = steps(error)
    with pytest.raises(type(error)):
        await run_every(step, 0)
    assert len(taken) == 1
