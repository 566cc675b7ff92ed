"""What a stranger or one customer sends, as fast as the gateway takes it, and what each such flood costs."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from client import open_gateway, order_body, recipient_of
from client.http import open_http
from client.tokens import Tokens
from stack import Steps

from orderstream.bench.crowd import Lines
from orderstream.bench.gateway import NEEDED, Stage, stage

SENDERS = 20
LONG_HEADER = 28_000
LONG_BODY = 250_000
HELD = 1_500
SILENT_S = 0.2
BREAK_OFF_S = 10.0
STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


@dataclass(frozen=True, slots=True)
class Aim:
    """The gateway that is flooded, on this machine; a customer's token, and an order of that customer's.

    `kept` are the connections that are held open.
    """

    port: int
    token: str
    order_id: str
    kept: list[asyncio.StreamWriter] = field(default_factory=list)

    def let_go(self) -> None:
        """Close what was held open."""
        while self.kept:
            self.kept.pop().transport.abort()


Send = Callable[[Aim, Lines, int], Awaitable[str]]
"""Sends the nth thing over some lines; gives what came of it."""


@dataclass(frozen=True, slots=True)
class Flood:
    """What is sent, and how; where `held` is set connections are kept open until the end."""

    name: str
    send: Send
    held: bool = False


def request(line: str, *fields: str, body: bytes = b"") -> bytes:
    """Return a request as it goes over the wire."""
    length = (f"Content-Length: {len(body)}",) if body else ()
    head = "\r\n".join((f"{line} HTTP/1.1", "Host: gateway", *fields, *length))
    return f"{head}\r\n\r\n".encode() + body


async def long_headers(_aim: Aim, lines: Lines, number: int) -> str:
    """Ask for another page of products each time, in 28 KB: what the cache keeps of it is the question."""
    address = f"/v1/products?limit=1&starting_after=X{number}"
    status, _ = await lines.ask(request(f"GET {address}", f"X-Long: {'x' * LONG_HEADER}"))
    return str(status)


async def long_languages(_aim: Aim, lines: Lines, number: int) -> str:
    """Return the same in a field that is handed on."""
    address = f"/v1/products?limit=1&starting_after=Y{number}"
    field = f"Accept-Language: {'en,' * (LONG_HEADER // 3)}"
    status, _ = await lines.ask(request(f"GET {address}", field))
    return str(status)


async def no_tokens(_aim: Aim, lines: Lines, number: int) -> str:
    """Tokens that are none, another one each time."""
    status, _ = await lines.ask(request("GET /v1/orders", f"Authorization: Bearer {number}.a.b"))
    return str(status)


async def digits(aim: Aim, lines: Lines, _number: int) -> str:
    """Orders whose only text is 250 KB of digits in groups, none of them a card's."""
    order = {
        "recipient": recipient_of("bench"),
        "note": "4 0 0 0 0 0 0 0 0 0 1 x " * (LONG_BODY // 24),
    }
    fields = (
        f"Authorization: Bearer {aim.token}",
        f"Idempotency-Key: {uuid4().hex}",
        "Content-Type: application/json",
    )
    body = json.dumps(order).encode()
    status, _ = await lines.ask(request("POST /v1/orders", *fields, body=body))
    return str(status)


async def streams(aim: Aim, _lines: Lines, _number: int) -> str:
    """Live streams of one customer, none of them closed."""
    address = f"/v1/orders/{aim.order_id}/events"
    return await _open(aim, request(f"GET {address}", f"Authorization: Bearer {aim.token}"))


async def silence(aim: Aim, _lines: Lines, _number: int) -> str:
    """Connections that say nothing."""
    return await _open(aim, b"")


async def garbage(aim: Aim, _lines: Lines, _number: int) -> str:
    """Return a good request and garbage behind it, on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", aim.port)
    try:
        writer.write(request("GET /healthz") + b"\x00garbage\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(), BREAK_OFF_S)
    finally:
        writer.close()
    return " then ".join(status.decode() for status in STATUS.findall(answer)) or "cut"


async def _open(aim: Aim, said: bytes) -> str:
    """Open a connection, say something and keep it: the flood's end closes it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", aim.port)
    aim.kept.append(writer)
    if not said:
        await asyncio.sleep(SILENT_S)
        return "cut" if reader.at_eof() else "open"
    writer.write(said)
    line = await asyncio.wait_for(reader.readline(), BREAK_OFF_S)
    return line.split(b" ")[1].decode() if line else "cut"


FLOODS = (
    Flood("28 KB of headers, another page each time", long_headers),
    Flood("28 KB of languages, another page each time", long_languages),
    Flood("tokens that are none", no_tokens),
    Flood("250 KB of digits", digits),
    Flood("streams of one customer", streams, held=True),
    Flood("connections that say nothing", silence, held=True),
    Flood("garbage behind a good request", garbage),
)


async def pour(flood: Flood, aim: Aim, seconds: float) -> Counter[str]:
    """Send it with a few senders for so long, or until enough is held open; gives what came of it."""
    lines, came = Lines("127.0.0.1", aim.port), Counter[str]()
    end, number = asyncio.get_running_loop().time() + seconds, 0

    async def send() -> None:
        nonlocal number
        while asyncio.get_running_loop().time() < end and not (flood.held and number >= HELD):
            number += 1
            try:
                came[await flood.send(aim, lines, number)] += 1
            except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
                came[type(error).__name__] += 1

    async with asyncio.TaskGroup() as senders:
        for _ in range(SENDERS):
            senders.create_task(send())
    lines.close()
    return came


LOOK_EVERY_S = 0.1
CUSTOMER = "cus_stranger"


@dataclass(frozen=True, slots=True)
class Drenched:
    """What a flood did: what came of what was sent, and the gateway's memory and CPU meanwhile.

    `slowest_ms` is the longest that /healthz took, asked again and again: what everybody else feels.
    """

    name: str
    came: Counter[str]
    seconds: float
    rss_before: int
    rss_most: int
    cpu_share: float
    slowest_ms: float


async def measure(
    seconds: float, folder: Path, told: Callable[[Drenched], None], steps: Steps
) -> list[Drenched]:
    """Start a gateway with what it reads from, and pour each flood over it for so long."""
    found = []
    async with stage(folder, steps, (*NEEDED, "inventory-api")) as scene:
        aim = await _aim(scene)
        for flood in FLOODS:
            with steps.step(flood.name):
                found.append(await _drench(scene, flood, aim, seconds))
            told(found[-1])
    return found


async def _aim(scene: Stage) -> Aim:
    settings = scene.system.settings
    address, issuer = scene.system.url("gateway"), scene.system.url("issuer")
    async with open_gateway(address, issuer) as gateway:
        body = order_body([("BENCH-001", 1)], recipient_of("anybody"))
        order = await gateway.place(CUSTOMER, body, "strangers")
    async with open_http() as http:
        headers = await Tokens(http, issuer).headers(CUSTOMER)
    token = headers["Authorization"].removeprefix("Bearer ")
    return Aim(settings.gateway_port, token, order.order_id)


async def _drench(scene: Stage, flood: Flood, aim: Aim, seconds: float) -> Drenched:
    rss, cpu, loop = scene.rss(), scene.cpu_s(), asyncio.get_running_loop()
    began = loop.time()
    most, slowest_ms = rss, 0.0
    pouring = asyncio.create_task(pour(flood, aim, seconds))
    while not pouring.done():
        slowest_ms = max(slowest_ms, await _health_ms(aim))
        most = max(most, scene.rss())
        await asyncio.sleep(LOOK_EVERY_S)
    took = loop.time() - began
    aim.let_go()
    return Drenched(
        name=flood.name,
        came=await pouring,
        seconds=took,
        rss_before=rss,
        rss_most=max(most, scene.rss()),
        cpu_share=(scene.cpu_s() - cpu) / took,
        slowest_ms=slowest_ms,
    )


async def _health_ms(aim: Aim) -> float:
    """Return how long /healthz takes on a connection of its own."""
    began = asyncio.get_running_loop().time()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", aim.port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n")
        await reader.read()
        writer.close()
    except OSError:
        return float("inf")
    return (asyncio.get_running_loop().time() - began) * 1000
