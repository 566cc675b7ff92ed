"""Long lists as streams: the books of ten thousand orders never stand in memory at once."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from sqlite3 import Row
from typing import Any

from starlette.responses import StreamingResponse


def listed(
    pages: Iterator[list[Row]], describe: Callable[[Row], dict[str, Any]]
) -> StreamingResponse:
    """Answer one JSON list with every row, a page at a time."""
    return StreamingResponse(_chunks(pages, describe), media_type="application/json")


async def _chunks(
    pages: Iterator[list[Row]], describe: Callable[[Row], dict[str, Any]]
) -> AsyncIterator[str]:
    opening = "["
    for page in pages:
        yield opening + ",\n".join(json.dumps(describe(row)) for row in page)
        opening = ",\n"
        await asyncio.sleep(0)  # others get their turn between two pages
    yield "]" if opening != "[" else "[]"
