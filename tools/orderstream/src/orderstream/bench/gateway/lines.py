"""HTTP/1.1 at the least cost that Python allows: what the load costs, the system does not have.

A client library takes a quarter of a millisecond and more for a request; at three thousand a second
that is most of a core. Here it is a prepared text, one write, and a parser in C.
"""

import asyncio
from typing import Final, cast

import httptools

ANSWER_TIMEOUT_S = 10.0


class Line(asyncio.Protocol):
    """A kept connection to the gateway: one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[int] | None = None
        self.retry_after = False

    @property
    def is_open(self) -> bool:
        """Whether another request can be sent."""
        return self._transport is not None and not self._transport.is_closing()

    async def ask(self, request: bytes) -> int:
        """Send a request, as it goes over the wire; gives the status of its answer.

        Raises:
            ConnectionError: the gateway hung up before it had answered.
            TimeoutError: it has not answered in ten seconds.
        """
        if self._transport is None:
            raise ConnectionError("not connected")
        self._answer = asyncio.get_running_loop().create_future()
        self.retry_after = False
        self._transport.write(request)
        timer = asyncio.get_running_loop().call_later(ANSWER_TIMEOUT_S, self._give_up)
        try:
            return await self._answer
        finally:
            timer.cancel()

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; called by the loop."""
        self._transport = cast("asyncio.Transport", transport)  # for it was asked for TCP

    def data_received(self, data: bytes) -> None:
        """Read on; called by the loop."""
        self._parser.feed_data(data)

    def connection_lost(self, error: Exception | None) -> None:
        """Tell whoever waits; called by the loop."""
        self._transport = None
        self._settle(error or ConnectionError("the gateway hung up"))

    def on_header(self, name: bytes, value: bytes) -> None:  # noqa: ARG002  # the parser's signature
        """Note whether the answer says when to come back; called by the parser."""
        if name.lower() == RETRY_AFTER:
            self.retry_after = True

    def on_message_complete(self) -> None:
        """An answer is complete; called by the parser."""
        self._settle(self._parser.get_status_code())
        self._parser = httptools.HttpResponseParser(self)

    def _give_up(self) -> None:
        self._settle(TimeoutError("no answer"))
        self.close()

    def _settle(self, told: int | Exception) -> None:
        if self._answer is None or self._answer.done():
            return
        if isinstance(told, int):
            self._answer.set_result(told)
        else:
            self._answer.set_exception(told)


RETRY_AFTER: Final = b"retry-after"


class Lines:
    """Connections to one gateway; as many as there are requests without an answer."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._free: list[Line] = []

    async def ask(self, request: bytes) -> tuple[int, bool]:
        """Send a request over a free connection: its answer's status, and whether it has Retry-After.

        Raises:
            OSError: there was no answer.
        """
        line = self._still_open() or await self._open()
        status = await line.ask(request)
        if line.is_open:
            self._free.append(line)
        return status, line.retry_after

    async def open(self, count: int) -> None:
        """Connect ahead, as whatever stands before a gateway does.

        A flood of new connections would wait in the kernel: the loop takes one of them a turn.
        """
        for _ in range(count):
            self._free.append(await self._open())

    def close(self) -> None:
        """Hang up everywhere."""
        while self._free:
            self._free.pop().close()

    def _still_open(self) -> Line | None:
        while self._free:
            line = self._free.pop()
            if line.is_open:
                return line
        return None

    async def _open(self) -> Line:
        _, line = await asyncio.get_running_loop().create_connection(Line, *self._address)
        return line
