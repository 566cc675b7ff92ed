"""Asks every process of a running system whether it is well."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from orderstream.platform import Process, ProcessState, System, last_lines
from orderstream.platform.watching import SPEAKING

PATIENCE_SECONDS = 3.0
LONGEST = 160
READY, DEGRADED = "ready", "degraded"


@dataclass(frozen=True, slots=True)
class Found:
    """What a process answers, and what it notes that people should know and that makes it no worse."""

    answer: str
    notes: Mapping[str, str] = field(default_factory=dict)


async def health(system: System) -> dict[str, str]:
    """What each process answers: `ready`, `degraded` with what it has to do without, or why not."""
    return {name: found.answer for name, found in (await look_at(system)).items()}


async def look_at(system: System) -> dict[str, Found]:
    """What each process says of itself, all of them asked at once."""
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as client:
        found = await asyncio.gather(*(_ask(one, system, client) for one in system.processes))
    return dict(zip((one.name for one in system.processes), found, strict=True))


async def _ask(process: Process, system: System, client: httpx.AsyncClient) -> Found:
    try:
        if process.health_url is None:
            await asyncio.wait_for(SPEAKING[process.name](system.settings), PATIENCE_SECONDS)
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
    """What was answered; not everybody who answers says more than yes or no."""
    try:
        told = response.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def last_words(system: System, state: ProcessState) -> str:
    """What a process that does not stay up has said last: if it lacks something, that is why."""
    said = last_lines(system.folders.log_of(state.name), 1)
    return said[-1][:LONGEST] if said else "it has said nothing"
