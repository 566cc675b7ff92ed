"""A crowd that orders at a given rate (open loop), over HTTP/1.1 at the least cost that Python allows.

What the load costs, the system does not have. A client library takes a quarter of a millisecond and
more for a request; at three thousand a second that is most of a core. Here it is a prepared text, one
write, and a parser in C.
"""

import asyncio
import itertools
import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, cast
from uuid import uuid4

import httptools
from client import Document, open_loop, steadily

from orderstream.bench.load import random_order

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
        """Note that an answer is complete; called by the parser."""
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


ACCEPTED = 202
BODIES = 500
LINES = 500


@dataclass(slots=True)
class Answers:
    """What a crowd was told. Milliseconds count from when an order was due, not from when it was sent.

    `in_time` are the orders that were accepted before the crowd had left: what comes later, comes
    when there is nothing else to do.
    """

    statuses: Counter[str] = field(default_factory=Counter)
    without_retry_after: int = 0
    in_time: int = 0
    accepted_ms: list[float] = field(default_factory=list)
    refused_ms: list[float] = field(default_factory=list)
    late_ms: float = 0.0

    @property
    def accepted(self) -> int:
        """How many orders were accepted."""
        return len(self.accepted_ms)

    def note(self, status: int, ms: float, *, in_time: bool, retry_after: bool) -> None:
        """Write down one answer."""
        self.statuses[str(status)] += 1
        if status == ACCEPTED:
            self.accepted_ms.append(ms)
            self.in_time += in_time
            return
        self.refused_ms.append(ms)
        self.without_retry_after += not retry_after


class Crowd:
    """Customers who each hold a token, and order a few products each."""

    def __init__(self, lines: Lines, headers: Sequence[dict[str, str]]) -> None:
        self._lines = lines
        chance = random.Random(1)  # noqa: S311  # a repeatable load, not a secret
        self._requests = itertools.cycle(
            [
                _request(one["Authorization"], random_order(chance))
                for one in itertools.islice(itertools.cycle(headers), BODIES)
            ]
        )

    async def order(self, rate: float, seconds: float) -> Answers:
        """Offer `rate` orders a second for so long; gives what came of them once all are answered."""
        answers = Answers()
        await self._lines.open(LINES)
        end = time.perf_counter() + seconds

        async def send(due: float) -> None:
            await self._one(answers, due, end)

        answers.late_ms = 1000 * await open_loop(steadily(rate, seconds), send)
        self._lines.close()  # the gateway does not keep idle ones for long
        return answers

    async def _one(self, answers: Answers, due: float, end: float) -> None:
        head, tail = next(self._requests)
        try:
            status, retry_after = await self._lines.ask(head + uuid4().hex.encode() + tail)
        except OSError as error:
            answers.statuses[type(error).__name__] += 1
            return
        now = time.perf_counter()
        answers.note(status, (now - due) * 1000, in_time=now <= end, retry_after=retry_after)


def _request(authorization: str, order: Document) -> tuple[bytes, bytes]:
    """Make a request up to its Idempotency-Key, and from there on."""
    body = json.dumps(order).encode()
    head = f"POST /v1/orders HTTP/1.1\r\nHost: gateway\r\nAuthorization: {authorization}\r\nIdempotency-Key: "
    tail = f"\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode(), tail.encode() + body
