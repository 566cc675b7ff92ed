"""Asks every process of a running system whether it is well."""

import asyncio

import httpx

from orderstream.platform import Process, ProcessState, System, last_lines
from orderstream.platform.watching import SPEAKING

PATIENCE_SECONDS = 3.0
LONGEST = 160
READY, DEGRADED = "ready", "degraded"


async def health(system: System) -> dict[str, str]:
    """What each process answers: `ready`, `degraded` with what it has to do without, or why not."""
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as client:
        answers = await asyncio.gather(*(_ask(one, system, client) for one in system.processes))
    return dict(zip((one.name for one in system.processes), answers, strict=True))


async def _ask(process: Process, system: System, client: httpx.AsyncClient) -> str:
    try:
        if process.health_url is None:
            await asyncio.wait_for(SPEAKING[process.name](system.settings), PATIENCE_SECONDS)
            return READY
        response = await client.get(process.health_url)
    except (httpx.TransportError, TimeoutError):
        return "does not answer"
    if response.is_success:
        missing = _missing(response)
        return f"{DEGRADED}: {', '.join(missing)}" if missing else READY
    return f"{response.status_code} {response.text.strip()[:60]}"


def _missing(response: httpx.Response) -> list[str]:
    """What a process that is ready has to do without; not everybody who answers says so."""
    try:
        return list(response.json().get("degraded", ()))
    except (ValueError, AttributeError):
        return []


def last_words(system: System, state: ProcessState) -> str:
    """What a process that does not stay up has said last: if it lacks something, that is why."""
    said = last_lines(system.folders.log_of(state.name), 1)
    return said[-1][:LONGEST] if said else "it has said nothing"
