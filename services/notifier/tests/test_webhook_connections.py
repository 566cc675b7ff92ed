"""Receivers that never answer, set cookies or have a name of another script do no harm."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest
from notifier.webhooks import sending
from notifier.webhooks.message import Told
from notifier.webhooks.shares import MAX_OF_ONE, PLACES
from privacy import Sealer
from testkit.waiting import until
from webhook_stage import (
    Hook,
    change,
    delivered_by,
    state,
    subscribe,
    tried,
    write,
)

pytestmark = pytest.mark.postgres


async def test_a_receiver_that_never_answers_does_not_hold_up_the_others(
    pool: asyncpg.Pool,
    sealer: Sealer,
    hook: Hook,
    api: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "TRY_S", 600)  # no delivery is given up while others wait
    async with silent_receiver() as (url, held):
        other = f"{hook.customer}-other"
        subscribe(api, other, url)
        await write(pool, *(Told(change(other), number) for number in range(1, 101)))
        async with delivered_by(pool, sealer):
            await until("the receiver has its share", lambda: len(held) == MAX_OF_ONE)
            await write(pool, Told(change(hook.customer), 4))
            await until("the webhooks have come", lambda: len(hook.received) == 1)


async def test_customers_whose_receivers_never_answer_leave_places_for_everybody_else(
    pool: asyncpg.Pool,
    sealer: Sealer,
    hook: Hook,
    start_api: Callable[..., httpx.Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two customers with six subscriptions each, which together want more places than there are."""
    monkeypatch.setattr(sending, "TRY_S", 600)
    api = start_api(WEBHOOK_PRIVATE_TARGETS="true", MAX_WEBHOOKS="6")
    async with silent_receiver() as (url, held):
        for customer in (f"{hook.customer}-a", f"{hook.customer}-b"):
            for number in range(6):
                subscribe(api, customer, f"{url}{number}")
            await write(pool, *(Told(change(customer), number) for number in range(1, 21)))
        async with delivered_by(pool, sealer):
            await until("they have their share", lambda: len(held) == PLACES // 2)
            await write(pool, Told(change(hook.customer), 4))
            await until("the webhook has come", lambda: len(hook.received) == 1)
            assert len(held) == PLACES // 2  # of one host, so together half of all


@asynccontextmanager
async def silent_receiver() -> AsyncIterator[tuple[str, list[asyncio.StreamWriter]]]:
    """A receiver under a name of its own that accepts and never answers; what it holds."""
    held: list[asyncio.StreamWriter] = []

    async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(keep_silent, "127.0.0.1", 0)
    try:
        yield f"http://localhost:{silent.sockets[0].getsockname()[1]}/", held
    finally:
        silent.close()


async def test_a_cookie_that_a_receiver_sets_is_sent_to_nobody(
    pool: asyncpg.Pool, sealer: Sealer, hook: Hook, api: httpx.Client
) -> None:
    heads: list[str] = []

    async def set_cookie(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode().lower())
        writer.write(b"HTTP/1.1 204 No Content\r\nSet-Cookie: a=b; Path=/\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(set_cookie, "127.0.0.1", 0)
    subscribe(api, hook.customer, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    async with delivered_by(pool, sealer):
        await write(pool, *(Told(change(hook.customer), number) for number in range(1, 4)))
        await until("all have come", lambda: len(heads) == 3)
        await until("every result is written down", lambda: state(pool, *["delivered"] * 6))
    server.close()
    assert not [head for head in heads if "cookie" in head]
    # Nor is the connection kept, for another name may lead to the same address.
    assert all("connection: close" in head for head in heads)


@pytest.mark.parametrize("name", ["bücher.localhost", "xn--bcher-kva.localhost"])
async def test_a_host_of_another_script_is_called_by_its_name_in_ascii(
    pool: asyncpg.Pool,
    sealer: Sealer,
    hook: Hook,
    api: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
    *,
    name: str,
) -> None:
    asked: list[str] = []

    async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        where = f"http://b\u00fccher.localhost:{port}/elsewhere".encode()
        writer.write(b"HTTP/1.1 307 X\r\nLocation: " + where + b"\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(redirect, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    looked_up = socket.getaddrinfo

    def local(host: Any, *rest: Any, **more: Any) -> Any:
        ours = {"xn--bcher-kva.localhost", b"xn--bcher-kva.localhost"}
        return looked_up("127.0.0.1" if host in ours else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", local)
    subscribe(api, hook.customer, f"http://{name}:{port}/")
    async with delivered_by(pool, sealer):
        await write(pool, Told(change(hook.customer), 4))
        row = await until("it has been tried", lambda: tried(pool, 1))
    server.close()
    assert row["response_status"] == 307
    (head,) = asked
    assert f"host: xn--bcher-kva.localhost:{port}\r\n" in head.lower()
