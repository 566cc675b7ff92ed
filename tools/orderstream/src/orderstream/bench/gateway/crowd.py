"""A crowd that orders at a given rate, whether or not the earlier ones were answered (open loop)."""

import asyncio
import itertools
import json
import random
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from orderstream.bench.gateway.lines import Lines

ACCEPTED = 202
LINES_PER_ORDER = 3
BODIES = 500
LINES = 500
TICK_S = 0.002
RECIPIENT = {
    "name": "Ada Bench",
    "email": "ada@example.com",
    "street": "1 Measure Lane",
    "city": "York",
    "postcode": "YO1 7HH",
    "country": "GB",
}


@dataclass(slots=True)
class Answers:
    """What a crowd was told. Milliseconds count from when an order was due, not from when it was sent.

    `in_time` are the orders that were accepted before the crowd had left: what comes later, comes
    when there is nothing else to do.
    """

    offered: int = 0
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


def percentile(values: Sequence[float], percent: int) -> float:
    """A percentile, 0 if there is nothing to take it of."""
    if len(values) < 2:  # noqa: PLR2004  # quantiles need two
        return 0.0
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


class Crowd:
    """Customers who each hold a token, and order a few products each."""

    def __init__(self, lines: Lines, tokens: Sequence[str], skus: Sequence[str]) -> None:
        self._lines = lines
        chance = random.Random(1)  # noqa: S311  # a repeatable load, not a secret
        self._requests = itertools.cycle(
            [
                _request(token, _order(chance, skus))
                for token in itertools.islice(itertools.cycle(tokens), BODIES)
            ]
        )

    async def order(self, rate: float, seconds: float) -> Answers:
        """Offer `rate` orders a second for so long; gives what came of them once all are answered."""
        answers = Answers()
        await self._lines.open(LINES)
        began = time.perf_counter()
        async with asyncio.TaskGroup() as orders:
            while (now := time.perf_counter() - began) < seconds:
                while answers.offered / rate <= now:
                    due = began + answers.offered / rate
                    orders.create_task(self._one(answers, due, began + seconds))
                    answers.offered += 1
                await asyncio.sleep(TICK_S)
        self._lines.close()  # the gateway does not keep idle ones for long
        return answers

    async def _one(self, answers: Answers, due: float, end: float) -> None:
        head, tail = next(self._requests)
        answers.late_ms = max(answers.late_ms, (time.perf_counter() - due) * 1000)
        try:
            status, retry_after = await self._lines.ask(head + uuid4().hex.encode() + tail)
        except OSError as error:
            answers.statuses[type(error).__name__] += 1
            return
        now = time.perf_counter()
        answers.note(status, (now - due) * 1000, in_time=now <= end, retry_after=retry_after)


def _order(chance: random.Random, skus: Sequence[str]) -> bytes:
    lines = [{"sku": sku, "quantity": 1} for sku in chance.sample(list(skus), LINES_PER_ORDER)]
    order = {"lines": lines, "payment": {"token": "tok_visa"}, "recipient": RECIPIENT}
    return json.dumps(order).encode()


def _request(token: str, body: bytes) -> tuple[bytes, bytes]:
    """A request up to its Idempotency-Key, and from there on."""
    head = f"POST /v1/orders HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {token}\r\nIdempotency-Key: "
    tail = f"\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode(), tail.encode() + body
