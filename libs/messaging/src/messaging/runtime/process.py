"""The process of a worker: from its start to SIGTERM, or to an end at once when something is wrong."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Any, NoReturn

import faust
import structlog
import uvloop
from servicekit import CannotStartError, ProcessSettings, configure_logging
from servicekit.startup import leave
from tracing.exporting import exporting

from messaging.inbound.consumer import Agent
from messaging.runtime.gauges import watch_agent

log = structlog.get_logger(__name__)

STOP_TIMEOUT_S = 8
SIGNALS = (signal.SIGTERM, signal.SIGINT)

Running = set[asyncio.Task[None]]
Opened = Callable[[], AbstractAsyncContextManager[Running]]
"""Opens what runs beside an agent; gives the tasks."""


def run_agent(agent: Agent, settings: ProcessSettings, opened: Opened) -> None:
    """Run an agent, with what it `opened` beside it, until SIGTERM or Ctrl-C.

    Anything unexpected ends the process with exit code 1.
    """
    configure_logging(agent.handlers.service, settings)
    # As a policy and not only for this loop: Faust runs its consumer in a thread of its own.
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(_run(agent, settings, opened))


async def _run(agent: Agent, settings: ProcessSettings, opened: Opened) -> None:
    _leave_on_signals()
    watch_agent(agent)
    endpoint = settings.otel_exporter_otlp_endpoint
    async with (
        exporting(endpoint, agent.handlers.service, settings.instance, settings.otlp_headers),
        opened() as tasks,
    ):
        stopping = _stop_on_signals()
        # A task like the others: one that never joins is found out like one that stalls.
        consuming = asyncio.create_task(_consume(agent), name="consuming")
        stop = asyncio.create_task(stopping.wait())
        await asyncio.wait({*tasks, consuming, stop}, return_when=asyncio.FIRST_COMPLETED)
        if not stopping.is_set():
            _end_abruptly({*tasks, consuming})
        log.info("stopping")
        stop.cancel()
        await _stop_consuming(agent.app, tasks)
        consuming.cancel()


async def _consume(agent: Agent) -> None:
    """Join the group, and consume until the application stops or crashes."""
    agent.app.finalize()
    await agent.app.start()
    # Faust's monitor keeps statistics of every event, which are not read here.
    agent.app.sensors.remove(agent.app.monitor)
    log.info("ready", topics=agent.topics)
    await agent.app.wait_until_stopped()


async def _stop_consuming(app: faust.App, tasks: Running) -> None:
    """Let what was consumed be handled and acknowledged, for a bounded time."""
    # Faust's stop may swallow a cancellation and wait on, so nothing here relies on one.
    stop = asyncio.create_task(app.stop())
    done, _ = await asyncio.wait({stop}, timeout=STOP_TIMEOUT_S)
    if stop in done:
        stop.result()
        return
    log.warning("shutdown_incomplete", note="unhandled records are delivered again")
    _end_abruptly(tasks)


def _leave_on_signals() -> None:
    """Let SIGTERM and Ctrl-C end the process at once, until `_stop_on_signals`: nothing was consumed."""
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, leave, number)


def _stop_on_signals() -> asyncio.Event:
    """Give an event that is set by SIGTERM and by Ctrl-C."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, stopping.set)
    return stopping


def _end_abruptly(tasks: Iterable[asyncio.Task[Any]]) -> NoReturn:
    """Log what failed, and leave the rest to the supervisor's restart.

    Where something is missing that an operator has to provide, that is one line, and exit code 2 as
    if it had been so from the start. No orderly stop: waiting for acknowledgements that never come
    could take without end, and every moment is a safe one to die in.
    """
    failed = [task for task in tasks if task.done() and not task.cancelled() and task.exception()]
    for task in failed:
        if isinstance(task.exception(), CannotStartError):
            log.critical("cannot_start", reason=str(task.exception()))
            os._exit(2)
    for task in failed:
        log.critical("task_failed", task=task.get_name(), exc_info=task.exception())
    log.critical("exiting")
    os._exit(1)
