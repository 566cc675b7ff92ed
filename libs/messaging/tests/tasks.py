"""The parts of a worker, each a task: run while a test needs them, and none left over."""

import asyncio
from contextlib import asynccontextmanager


@asynccontextmanager
async def running(*parts):
    """Let relays, runners or readers run; one that fails fails the test."""
    tasks = [asyncio.create_task(part.run()) for part in parts]
    try:
        yield tasks
        for task in tasks:
            if task.done() and not task.cancelled():
                await task
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def producers() -> set[asyncio.Task]:
    """What keeps trying to send: one task for each producer that was not ended."""
    return {
        task
        for task in asyncio.all_tasks()
        if task.get_coro().__qualname__ == "Sender._sender_routine"
    }
