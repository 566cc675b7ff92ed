"""Serves an application over HTTP from the loop of the test that asks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from testkit.ports import free_port
from testkit.waiting import until


@asynccontextmanager
async def served(app: Any, **how: Any) -> AsyncIterator[str]:
    """Give the address of an application that is served for as long as the block lasts.

    `how` are settings of the server's.
    """
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(app, port=port, log_config=None, access_log=False, **how)
    )
    serving = asyncio.create_task(server._serve())  # noqa: SLF001  # serve() would take the signals
    await until("the application is served", lambda: server.started)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving
