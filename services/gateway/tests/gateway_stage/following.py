"""How a customer's program follows an order."""

import asyncio
import json
from typing import Any

import httpx
from testkit.waiting import TIMEOUT_S


class Following:
    """An order's stream as server-sent events, read one by one."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.aiter_lines()

    async def event(self) -> dict[str, str]:
        """The next event: its fields by name; comments are passed over."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(TIMEOUT_S):
            async for line in self._lines:
                name, _, value = line.partition(": ")
                if name in {"id", "event", "data"}:
                    fields[name] = value
                if not line and fields:
                    return fields
        return fields

    async def until_closed(self) -> tuple[list[int], dict[str, Any]]:
        """The positions of all further messages, and how the stream says that it ends."""
        positions = []
        while (event := await self.event())["event"] != "closed":
            assert int(event["id"]) == json.loads(event["data"])["sequence"]
            positions.append(int(event["id"]))
        assert await self.event() == {}  # nothing comes after it
        return positions, json.loads(event["data"])
