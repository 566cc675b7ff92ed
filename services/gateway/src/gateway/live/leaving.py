"""Doing something for a client only for as long as it is there."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def until_left(work: Coroutine[Any, Any, None], left: Coroutine[Any, Any, None]) -> None:
    """Do the work to its end, or until the client has left."""
    working, leaving = asyncio.create_task(work), asyncio.create_task(left)
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
    finally:
        working.cancel()
        leaving.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)
