"""Clients that follow orders live, and note how late they hear of each change."""

import asyncio
import json
import time
from datetime import datetime

import aiohttp

ENDED = 1000
UNTIL_ANSWERED = aiohttp.ClientTimeout(total=None, sock_read=60)


class Viewers:
    """Any number of streams at one gateway; `delays_ms` are those of changes that came live.

    A delay is measured from `changed_at`, which the order service sets before it commits, to the
    moment in which a client has read the line. What was in the history when a stream was opened
    says nothing about delivery, so it does not count.
    """

    def __init__(self, gateway_url: str, headers: dict[str, str]) -> None:
        self._http = aiohttp.ClientSession(
            gateway_url,
            headers=headers,
            connector=aiohttp.TCPConnector(limit=0),
        )
        self._following: set[asyncio.Task[None]] = set()
        self.delays_ms: list[float] = []
        self.open = 0
        self.refused = 0

    @property
    def following(self) -> int:
        """How many streams are open or being opened."""
        return len(self._following)

    @property
    def being_opened(self) -> int:
        """How many streams have had no answer yet."""
        return len(self._following) - self.open

    def follow(self, order_id: str) -> None:
        """Open one more stream."""
        task = asyncio.create_task(self._follow(order_id))
        self._following.add(task)
        task.add_done_callback(self._following.discard)

    async def leave(self) -> None:
        """Close all streams."""
        for task in self._following:
            task.cancel()
        await asyncio.gather(*self._following, return_exceptions=True)
        await self._http.close()

    async def _follow(self, order_id: str) -> None:
        address = f"/v1/orders/{order_id}/events"
        async with self._http.get(address, timeout=UNTIL_ANSWERED) as answer:
            if not answer.ok:
                self.refused += 1
                return
            opened_at = time.time()
            self.open += 1
            try:
                async for line in answer.content:
                    if line.startswith(b"data: ") and not self._note(line, opened_at):
                        return
            finally:
                self.open -= 1

    def _note(self, line: bytes, opened_at: float) -> bool:
        """Note how late a change is; whether more will come."""
        heard_at, told = time.time(), json.loads(line[6:])
        if told.get("code") == ENDED:
            return False
        if "changed_at" in told:
            changed_at = datetime.fromisoformat(told["changed_at"]).timestamp()
            if changed_at > opened_at:
                self.delays_ms.append((heard_at - changed_at) * 1000)
        return True
