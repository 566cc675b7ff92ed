"""How a test comes to each case of placing an order: a function for each, named as the case."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httpx
from e2e.faults import beside
from e2e.freezing import frozen
from e2e.shop import Shop
from testkit.waiting import until

Answers = Sequence[httpx.Response]
ACCEPTS_NOTHING = {"gateway": "LOCK TABLE idempotency_keys IN EXCLUSIVE MODE"}
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%idempotency_keys%'"
ME, SOMEBODY_ELSE = "cus_1", "cus_2"
UNKNOWN_SKU = "NOT-FOR-SALE"


class Client:
    """One client with one key, who knows two bodies; what it was told last is what counts."""

    def __init__(self, shop: Shop, key: str) -> None:
        self.shop = shop
        self.key = key
        self.body = shop.body(sku=shop.product(), quantity=1)
        self.other_body = self.body | {"payment": {"token": "tok_declined"}}

    async def send(
        self, body: Any = None, *, url: str | None = None, who: str = ME
    ) -> httpx.Response:
        """Send the order, once."""
        headers = await self.shop.tokens.headers(who) | {"Idempotency-Key": self.key}
        url = url or self.shop.system.url("gateway")
        return await self.shop.http.post(
            f"{url}/v1/orders", json=body or self.body, headers=headers
        )

    async def is_stuck(self) -> None:
        """Wait until a request waits for the database."""
        await until("a request waits", lambda: self.shop.books.ask("gateway", WAITING))


async def no_key(client: Client) -> Answers:
    return [await client.shop.post("/v1/orders", client.body)]


async def bad_key(client: Client) -> Answers:
    keys = ("k" * 256, "schlüssel")
    return [
        await client.shop.post("/v1/orders", client.body, {"Idempotency-Key": key.encode()})
        for key in keys
    ]


async def first(client: Client) -> Answers:
    return [await client.send()]


async def again(client: Client) -> Answers:
    before = await client.send()
    after = await client.send()
    assert after.content == before.content
    return [after]


async def other_form(client: Client) -> Answers:
    await client.send()
    headers = await client.shop.tokens.headers(ME)
    headers |= {"Idempotency-Key": client.key, "Content-Type": "application/json"}
    content = json.dumps(dict(reversed(client.body.items())), indent=4)
    url = client.shop.system.url("gateway") + "/v1/orders"
    return [await client.shop.http.post(url, content=content, headers=headers)]


async def other_body(client: Client) -> Answers:
    await client.send()
    return [await client.send(client.other_body)]


async def other_customer(client: Client) -> Answers:
    await client.send()
    return [await client.send(who=SOMEBODY_ELSE)]


async def refused(client: Client) -> Answers:
    before = await client.send(client.shop.body(sku=UNKNOWN_SKU))
    assert before.json()["code"] == "unknown_sku"
    return [await client.send()]


async def running(client: Client) -> Answers:
    return [await _while_the_first_runs(client, client.body)]


async def running_other_body(client: Client) -> Answers:
    return [await _while_the_first_runs(client, client.other_body)]


async def twenty(client: Client) -> Answers:
    return await asyncio.gather(*(client.send() for _ in range(20)))


async def replicas(client: Client) -> Answers:
    async with beside(client.shop.system, "gateway", {}) as (url, _):
        urls = (None, url) * 10
        return await asyncio.gather(*(client.send(url=url) for url in urls))


async def gave_up(client: Client) -> Answers:
    async with frozen(client.shop.system, ACCEPTS_NOTHING):
        first = asyncio.create_task(client.send())
        await client.is_stuck()
        first.cancel()  # closes the connection
        with suppress(asyncio.CancelledError):
            await first

    async def is_written() -> httpx.Response | None:
        answer = await client.send()
        return answer if answer.is_success else None

    return [await until("the order is there", is_written)]


async def hung_up(client: Client) -> Answers:
    at = urlsplit(client.shop.system.url("gateway"))
    _, writer = await asyncio.open_connection(at.hostname, at.port)
    (name, token), *_ = (await client.shop.tokens.headers(ME)).items()
    head = f"POST /v1/orders HTTP/1.1\r\nHost: g\r\n{name}: {token}\r\nIdempotency-Key: {client.key}\r\n"
    content = json.dumps(client.body).encode()
    head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    writer.write(head.encode() + content[:-1])
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    return [await client.send()]


async def locked(client: Client) -> Answers:
    async with frozen(client.shop.system, ACCEPTS_NOTHING):
        return [await client.send()]


async def locked_again(client: Client) -> Answers:
    await locked(client)
    return [await client.send()]


async def killed(client: Client) -> Answers:
    dies = {"CRASH_AT": "after-commit"}
    async with beside(client.shop.system, "gateway", dies) as (url, process):
        with suppress(httpx.TransportError):
            await client.send(url=url)
        await process.wait()
    return [await client.send()]


async def _while_the_first_runs(client: Client, body: Any) -> httpx.Response:
    async with frozen(client.shop.system, ACCEPTS_NOTHING):
        first = asyncio.create_task(client.send())
        await client.is_stuck()
        answer = await client.send(body)
    assert answer.headers["retry-after"] == "1"
    assert (await first).is_success
    return answer
