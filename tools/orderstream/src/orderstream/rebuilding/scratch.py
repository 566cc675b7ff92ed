"""A database beside the live one, with a role of its own that can enter no other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from orderstream.platform import DATABASES, Settings, connect, create_database


@asynccontextmanager
async def scratch_database(settings: Settings, service: str, *, keep: bool) -> AsyncIterator[str]:
    """An empty database of an invented name; dropped at the end unless it is to be kept."""
    name = f"{DATABASES[service]}_replay_{uuid4().hex[:8]}"
    await create_database(settings, name)
    try:
        yield name
    finally:
        if not keep:
            await _drop(settings, name)


async def _drop(settings: Settings, name: str) -> None:
    connection = await connect(settings)
    try:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await connection.execute(f"DROP ROLE {name}")
    finally:
        await connection.close()
