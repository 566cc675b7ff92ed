"""Waits until processes are ready, and notices when one will never be."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from functools import partial

import httpx

from orderstream.platform import kafka, postgres
from orderstream.platform.failure import StepFailedError
from orderstream.platform.kafka_config import NAMES as BROKERS
from orderstream.platform.process import Process
from orderstream.platform.running import System
from orderstream.platform.settings import Settings

POLL_SECONDS = 0.25
# Once may be bad luck (a port that was just given back); twice is a pattern.
RESTARTS_ALLOWED = 1

SPEAKING: Mapping[str, Callable[[Settings], Coroutine[None, None, None]]] = {
    "postgres": postgres.wait_ready,
    **{
        name: partial(kafka.wait_ready, number=number)
        for number, name in enumerate(BROKERS, start=1)
    },
}
"""How to ask what speaks no HTTP."""


async def wait_ready(system: System, process: Process) -> None:
    """Wait until a process says that it is ready.

    Raises:
        StepFailedError: it has not said so in the time that a step may take.
    """
    answers = ["it has not answered"]
    try:
        async with asyncio.timeout(system.settings.start_seconds):
            if process.health_url:
                await _answer(process.health_url, answers)
            elif process.name in SPEAKING:
                await SPEAKING[process.name](system.settings)
    except TimeoutError:
        reason = f"not ready after {system.settings.start_seconds:g} s, {answers[-1]}"
        log = system.folders.log_of(process.name)
        raise StepFailedError(process.name, reason, log) from None


async def watch(system: System) -> None:
    """Run until cancelled; raise as soon as a process keeps ending from now on.

    Raises:
        StepFailedError: it ended again after it was started again.
    """
    before = {name: state.restarts for name, state in system.states().items()}
    while True:
        for name, state in system.states().items():
            if state.restarts - before[name] > RESTARTS_ALLOWED:
                log = system.folders.log_of(state.name)
                raise StepFailedError(state.name, "does not stay up", log)
        await asyncio.sleep(0.5)


async def _answer(url: str, answers: list[str]) -> None:
    # No certificates: this is HTTP on this machine, and reading them takes longer than asking.
    async with httpx.AsyncClient(timeout=5, trust_env=False, verify=False) as client:  # noqa: S501
        while True:
            try:
                response = await client.get(url)
            except httpx.TransportError:
                pass
            else:
                if response.is_success:
                    return
                answers.append(f"{url} says {response.status_code}: {response.text[:300]}")
            await asyncio.sleep(POLL_SECONDS)
