"""Asks processes whether they are well, and waits until they are ready."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
from client.http import open_http

from stack import kafka, postgres
from stack.folders import last_lines
from stack.kafka import NAMES as BROKERS
from stack.process import Process
from stack.settings import Settings
from stack.steps import StepFailedError
from stack.supervisor import ProcessState
from stack.system import System

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
    async with open_http(timeout=5, verify=False) as client:
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


TIMEOUT_S = 3.0
LONGEST = 160
READY, DEGRADED = "ready", "degraded"


@dataclass(frozen=True, slots=True)
class Found:
    """What a process answers, and what it notes that people should know and that makes it no worse."""

    answer: str
    notes: Mapping[str, str] = field(default_factory=dict)


async def health(system: System) -> dict[str, str]:
    """Return what each process answers: `ready`, `degraded` with what it has to do without, or why not."""
    return {name: found.answer for name, found in (await look_at(system)).items()}


async def look_at(system: System) -> dict[str, Found]:
    """Return what each process says of itself, all of them asked at once."""
    async with open_http(timeout=TIMEOUT_S) as client:
        found = await asyncio.gather(*(_ask(one, system, client) for one in system.processes))
    return dict(zip((one.name for one in system.processes), found, strict=True))


async def _ask(process: Process, system: System, client: httpx.AsyncClient) -> Found:
    try:
        if process.health_url is None:
            await asyncio.wait_for(SPEAKING[process.name](system.settings), TIMEOUT_S)
            return Found(READY)
        response = await client.get(process.health_url)
    except (httpx.TransportError, TimeoutError):
        return Found("does not answer")
    told = _document(response)
    notes = {str(name): str(note) for name, note in dict(told.get("notes") or {}).items()}
    if not response.is_success:
        return Found(f"{response.status_code} {response.text.strip()[:60]}", notes)
    missing = list(told.get("degraded") or ())
    return Found(f"{DEGRADED}: {', '.join(missing)}" if missing else READY, notes)


def _document(response: httpx.Response) -> dict[str, Any]:
    """Return what was answered; not everybody who answers says more than yes or no."""
    try:
        told = response.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def last_words(system: System, state: ProcessState) -> str:
    """Return what a process that does not stay up has said last: if it lacks something, that is why."""
    said = last_lines(system.folders.log_of(state.name), 1)
    return said[-1][:LONGEST] if said else "it has said nothing"
