"""What processes tell of themselves that people should know, and that makes none of them unwell."""

import asyncio
from collections.abc import Mapping

import httpx

from orderstream.platform import Process, System

PATIENCE_SECONDS = 3.0


async def read_notes(system: System) -> dict[str, Mapping[str, str]]:
    """The notes of each process that has any, by its name."""
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as client:
        asked = [one for one in system.processes if one.health_url is not None]
        told = await asyncio.gather(*(_ask(one, client) for one in asked))
    return {one.name: notes for one, notes in zip(asked, told, strict=True) if notes}


async def _ask(process: Process, client: httpx.AsyncClient) -> Mapping[str, str]:
    try:
        document = (await client.get(str(process.health_url))).json()
        return {str(name): str(told) for name, told in document.get("notes", {}).items()}
    except (httpx.TransportError, ValueError, AttributeError):
        return {}
