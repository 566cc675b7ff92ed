"""Background tasks: what runs beside the requests, and what happens when it ends."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from types import FrameType
from typing import Any

import structlog

log = structlog.get_logger(__name__)


@asynccontextmanager
async def running(*works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run these for as long as the block lasts.

    None of them ends by itself unless something unforeseen is wrong; then the process stops in order,
    and its supervisor starts it again.
    """
    tasks = [asyncio.create_task(work, name=getattr(work, "__qualname__", None)) for work in works]
    for task in tasks:
        task.add_done_callback(_stop_process_on_failure)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def before_stop(act: Callable[[], None]) -> None:
    """Act as soon as the server is asked to stop, before it waits for its open requests.

    The server's own signal handlers go on as before; without any there is nothing to precede.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        servers_own = signal.getsignal(number)
        if callable(servers_own):
            signal.signal(number, _first(loop, act, servers_own))


def _first(
    loop: asyncio.AbstractEventLoop,
    act: Callable[[], None],
    then: Callable[[int, FrameType | None], Any],
) -> Callable[[int, FrameType | None], None]:
    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(act)
        then(number, frame)

    return handle


def _stop_process_on_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.critical("task_ended_unexpectedly", task=task.get_name(), exc_info=task.exception())
        os.kill(os.getpid(), signal.SIGTERM)
