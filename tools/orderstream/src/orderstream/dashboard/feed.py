"""The gateway's dashboard, heard as server-sent events and kept up to date."""

import json
from collections.abc import AsyncGenerator
from typing import Any

import httpx

from orderstream.client.tokens import Tokens

Document = dict[str, Any]
PATIENCE = httpx.Timeout(10, read=60)


class StreamClosedError(RuntimeError):
    """The gateway has ended the stream; the message says why."""


class Feed:
    """Everything that the dashboard's messages have said so far."""

    def __init__(self) -> None:
        self.newest: Document = {}
        self._windows: dict[str, Document] = {}

    @property
    def windows(self) -> list[Document]:
        """Every window, the oldest first."""
        return [self._windows[start] for start in sorted(self._windows)]

    def hear(self, message: Document) -> None:
        """Take over a message: a snapshot replaces everything, an update the windows that it names."""
        if message["type"] == "snapshot":
            self._windows.clear()
        self.newest = message
        self._windows.update({one["start"]: one for one in message["windows"]})


async def follow(
    http: httpx.AsyncClient, gateway: str, tokens: Tokens
) -> AsyncGenerator[Document, None]:
    """Every message of the dashboard, from a snapshot on.

    Raises:
        StreamClosedError: the gateway refuses it, or ends it.
        httpx.TransportError: the gateway has gone.
    """
    url, headers = f"{gateway}/dashboard/events", await tokens.headers(None)
    async with http.stream("GET", url, headers=headers, timeout=PATIENCE) as response:
        if response.is_error:
            await response.aread()
            raise StreamClosedError(f"the gateway answers {response.status_code}: {response.text}")
        event = ""
        async for line in response.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                event = value
            elif name == "data" and event == "closed":
                raise StreamClosedError(json.loads(value)["reason"])
            elif name == "data":
                yield json.loads(value)
