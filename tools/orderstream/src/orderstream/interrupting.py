"""How a command is interrupted: what it has begun is stopped in order."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

from rich.console import Console

T = TypeVar("T")
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def run_interruptibly(work: Coroutine[Any, Any, T], console: Console) -> T:
    """Run to the end; an interrupt cancels the work, whose clean-up is then waited for.

    Raises:
        KeyboardInterrupt: it was interrupted.
    """
    return asyncio.run(_run(work, console))


async def _run(work: Coroutine[Any, Any, T], console: Console) -> T:
    task = asyncio.create_task(work)
    interrupted = False

    def interrupt() -> None:
        nonlocal interrupted
        if interrupted:
            console.print("Still stopping …")
            return
        interrupted = True
        console.print("\nInterrupted: stopping …")
        task.cancel()

    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, interrupt)
    try:
        return await task
    except asyncio.CancelledError:
        if not interrupted:  # the loop ends, as where the output is not read any more
            raise
        raise KeyboardInterrupt from None
