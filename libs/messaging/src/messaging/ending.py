"""How a worker's process ends: when it is told to, or at once when something is wrong."""

import asyncio
import os
import signal
from collections.abc import Iterable
from typing import Any, NoReturn

import structlog
from servicekit.startup import CannotStartError, leave

log = structlog.get_logger(__name__)


SIGNALS = (signal.SIGTERM, signal.SIGINT)


def leave_on_signals() -> None:
    """Until `stop_on_signals` SIGTERM and Ctrl-C end the process at once: nothing was heard yet."""
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, leave, number)


def stop_on_signals() -> asyncio.Event:
    """An event that is set by SIGTERM and by Ctrl-C."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, stopping.set)
    return stopping


def end_abruptly(tasks: Iterable[asyncio.Task[Any]]) -> NoReturn:
    """Something unexpected happened: say what, and leave the rest to the supervisor's restart.

    Where something is missing that people have to see to, that is one line, and exit code 2 as if it
    had been so from the start. No orderly stop: waiting for acknowledgements that will never come could take for ever, and
    every moment is a safe one to die in.
    """
    failed = [task for task in tasks if task.done() and not task.cancelled() and task.exception()]
    for task in failed:
        if isinstance(task.exception(), CannotStartError):
            log.critical(str(task.exception()))
            os._exit(2)
    for task in failed:
        log.critical("ended unexpectedly", task=task.get_name(), exc_info=task.exception())
    log.critical("exiting")
    os._exit(1)
