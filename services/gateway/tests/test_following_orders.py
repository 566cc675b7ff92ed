"""One order's changes as server-sent events, from a real gateway that consumes from a real Kafka."""

import asyncio
import json
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from gateway_stage.shop import changed_now
from testkit.ports import free_port
from testkit.waiting import TIMEOUT_S, until

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
RECEIVED_BYTES, SEGMENT_BYTES = 64 * 1024, 1400
"""As over a real line: on the loopback megabytes fit in between."""
TOO_MANY, AT_ONCE = 8000, 80
"""So many messages do not fit into what lies between a gateway and a reader; in what portions."""
DONE = {"code": 1000, "reason": "There is nothing more to tell."}
WAY = ("accepted", "authorized", "reserved", "shipped", "completed")


@pytest.fixture
async def placed(shop: Any) -> tuple[str, str]:
    """A customer, and an order of theirs that only the gateway knows of yet."""
    customer = shop.customer()
    return customer, (await shop.place(customer)).json()["id"]


@asynccontextmanager
async def another(shop: Any, folder: Path, **changes: str) -> AsyncIterator[Any]:
    gateway = shop.beside(folder, HTTP_PORT=str(free_port()), INSTANCE="2", **changes)
    try:
        await gateway.answering("/healthz")
        yield gateway
    finally:
        await gateway.stop(signal.SIGKILL)


async def test_history_comes_first_and_then_what_is_new_until_the_end(
    shop: Any, placed: tuple[str, str]
) -> None:
    customer, order_id = placed
    await shop.moves(order_id, customer, *WAY[:2], publish=False)
    async with shop.following(order_id, shop.token(customer)) as stream:
        assert stream.answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert stream.answer.headers["cache-control"] == "no-store"
        assert (await stream.event())["id"] == "1"
        second = await stream.event()
        assert (second["id"], second["event"]) == ("2", "order-status-changed")
        await shop.moves(order_id, customer, *WAY[2:])
        assert await stream.until_closed() == ([3, 4, 5], DONE)


async def test_a_message_is_the_same_from_history_and_live_and_tells_nothing_personal(
    shop: Any, placed: tuple[str, str]
) -> None:
    customer, order_id = placed
    headers = shop.token(customer)
    async with shop.following(order_id, headers) as stream:
        await shop.moves(order_id, customer, *WAY)
        live = [await stream.event() for _ in WAY]
    async with shop.following(order_id, headers) as stream:
        assert [await stream.event() for _ in WAY] == live
    last = json.loads(live[-1]["data"])
    assert last.pop("changed_at").endswith("Z")
    assert last == {
        "order_id": order_id,
        "sequence": 5,
        "status": "completed",
        "reason": None,
        "tracking_code": "TRACK1",
    }
    assert json.loads(live[2]["data"])["tracking_code"] is None


async def test_a_reader_goes_on_where_it_was_and_is_reported_when_that_was_the_end(
    shop: Any, placed: tuple[str, str]
) -> None:
    customer, order_id = placed
    headers = shop.token(customer)
    await shop.moves(order_id, customer, *WAY, publish=False)
    async with shop.following(order_id, headers, after="2") as stream:
        assert await stream.until_closed() == ([3, 4, 5], DONE)
    newer = headers | {"Last-Event-ID": "4"}
    async with shop.following(order_id, newer, after="2") as stream:
        assert await stream.until_closed() == ([5], DONE)
    async with shop.following(order_id, headers, after="5") as stream:
        assert stream.answer.status_code == 204


async def test_what_is_consumed_twice_or_too_early_is_reported_once_and_in_order(
    shop: Any, placed: tuple[str, str]
) -> None:
    customer, order_id = placed
    async with shop.following(order_id, shop.token(customer)) as stream:
        await shop.moves(order_id, customer, "accepted")
        await shop.moves(order_id, customer, "authorized", "reserved", publish=False)
        await shop.publishes(changed_now(order_id, customer, "reserved"), 3)
        await shop.publishes(changed_now(order_id, customer, "accepted"), 1)
        await shop.publishes(changed_now(order_id, customer, "authorized"), 2)
        await shop.moves(order_id, customer, "shipped", "completed")
        assert (await stream.until_closed())[0] == [1, 2, 3, 4, 5]


async def test_a_stream_stays_open_while_the_order_service_is_away(
    shop: Any, placed: tuple[str, str]
) -> None:
    customer, order_id = placed
    shop.order_service.failing = True
    try:
        async with shop.following(order_id, shop.token(customer)) as stream:
            await shop.moves(order_id, customer, "accepted")
            assert (await stream.event())["id"] == "1"
            await shop.moves(order_id, customer, "authorized", publish=False)
            await shop.moves(order_id, customer, "cancelling", "cancelled")
            shop.order_service.failing = False
            assert (await stream.until_closed())[0] == [2, 3, 4]
    finally:
        shop.order_service.failing = False


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9999999999", "٣"])
async def test_what_is_no_position_is_refused(
    shop: Any, placed: tuple[str, str], after: str
) -> None:
    customer, order_id = placed
    headers = shop.token(customer)
    async with shop.following(order_id, headers, after=after) as stream:
        problem = stream.answer.json()
    assert (problem["code"], problem["errors"][0]["pointer"]) == ("invalid_query", "/after")
    if after.isascii():
        async with shop.following(order_id, headers | {"Last-Event-ID": after}) as stream:
            assert stream.answer.status_code == 400
            assert stream.answer.json()["errors"][0]["pointer"] == "/Last-Event-ID"


async def test_a_position_that_was_never_reached_is_refused(
    shop: Any, placed: tuple[str, str]
) -> None:
    customer, order_id = placed
    await shop.moves(order_id, customer, "accepted")
    async with shop.following(order_id, shop.token(customer), after="2") as stream:
        assert stream.answer.status_code == 400
        assert stream.answer.json()["code"] == "position_unknown"


async def test_an_order_is_followed_by_its_customer_and_by_operators_only(
    shop: Any, placed: tuple[str, str]
) -> None:
    customer, order_id = placed
    await shop.moves(order_id, customer, "accepted")
    async with shop.following(order_id, {}) as stream:
        assert stream.answer.json()["code"] == "token_missing"
    async with shop.following(order_id, shop.token(shop.customer())) as stream:
        assert (stream.answer.status_code, stream.answer.json()["code"]) == (404, "order_not_found")
    async with shop.following("ord_1", shop.token(customer)) as stream:
        assert stream.answer.status_code == 404
    async with shop.following(order_id, shop.token(customer, scopes=["orders:write"])) as stream:
        assert stream.answer.json()["code"] == "insufficient_scope"
    async with shop.following(order_id, shop.token("op", scopes=["ops"])) as stream:
        assert (await stream.event())["id"] == "1"


async def test_a_stream_ends_with_the_token(shop: Any, placed: tuple[str, str]) -> None:
    customer, order_id = placed
    headers = shop.token(customer, expires_in=-27)  # thirty seconds of leeway: three are left
    async with shop.following(order_id, headers) as stream:
        assert (await stream.until_closed())[1]["code"] == 4401


async def test_too_many_streams_are_refused_and_open_ones_do_not_keep_a_gateway_from_stopping(
    shop: Any, placed: tuple[str, str], tmp_path: Path
) -> None:
    customer, order_id = placed
    headers = shop.token(customer)
    async with another(shop, tmp_path, MAX_STREAMS="1") as gateway:
        async with shop.following(order_id, headers, gateway.url) as stream:
            async with shop.following(order_id, headers, gateway.url) as refused:
                assert refused.answer.status_code == 503
                assert refused.answer.json()["code"] == "too_many_streams"
                assert "retry-after" in refused.answer.headers
            stopping = asyncio.create_task(gateway.stop())
            assert (await stream.until_closed())[1]["code"] == 1001
        await stopping
        assert "Traceback" not in gateway.log


async def test_a_customer_with_its_share_of_streams_gets_no_more_and_others_get_theirs(
    shop: Any, placed: tuple[str, str], tmp_path: Path
) -> None:
    customer, order_id = placed
    mine = shop.token(customer)
    operator = shop.token(shop.customer(), scopes=["ops"])
    async with another(shop, tmp_path, MAX_STREAMS_EACH="1") as gateway:
        async with shop.following(order_id, mine, gateway.url):
            async with shop.following(order_id, mine, gateway.url) as refused:
                assert refused.answer.status_code == 429
                assert refused.answer.json()["code"] == "too_many_own_streams"
                assert "retry-after" in refused.answer.headers
            async with shop.following(order_id, operator, gateway.url) as stream:
                assert stream.answer.status_code == 200

        async def may_again() -> bool:
            async with shop.following(order_id, mine, gateway.url) as stream:
                return bool(stream.answer.status_code == 200)

        await until("the gateway has seen that the first has gone", may_again)


async def test_nothing_is_missed_by_a_gateway_that_consumes_the_broker_later(
    shop: Any, placed: tuple[str, str], tmp_path: Path
) -> None:
    customer, order_id = placed
    nowhere = f"127.0.0.1:{free_port()}"
    headers = shop.token(customer)
    async with another(shop, tmp_path, KAFKA_BOOTSTRAP=nowhere) as deaf:
        await shop.moves(order_id, customer, *WAY[:4])
        async with shop.following(order_id, headers, deaf.url) as stream:
            assert [(await stream.event())["id"] for _ in WAY[:4]] == ["1", "2", "3", "4"]


@asynccontextmanager
async def connected(
    shop: Any, order_id: str, headers: dict[str, str]
) -> AsyncIterator[asyncio.StreamReader]:
    """A stream over a plain connection, of which nothing is read by itself."""
    port = shop.gateway.url.rpartition(":")[2]
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVED_BYTES)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT_BYTES)
    line.settimeout(0)
    await asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", int(port)))
    reader, writer = await asyncio.open_connection(sock=line)
    (authorization,) = headers.values()
    writer.write(
        f"GET /v1/orders/{order_id}/events HTTP/1.1\r\nHost: gateway\r\n"
        f"Authorization: {authorization}\r\nConnection: close\r\n\r\n".encode()
    )
    try:
        await reader.readuntil(b"retry: 1000")
        yield reader
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def test_a_reader_that_does_not_read_is_dropped_with_a_reason_and_nobody_else(
    shop: Any, placed: tuple[str, str]
) -> None:
    customer, order_id = placed
    headers, event = shop.token(customer), changed_now(order_id, customer, "held")
    async with (
        connected(shop, order_id, headers) as slow,
        connected(shop, order_id, headers) as quick,
        asyncio.timeout(TIMEOUT_S),
    ):
        for first in range(1, TOO_MANY, AT_ONCE):
            await shop.publishes(event, *range(first, first + AT_ONCE))
            for sequence in range(first, first + AT_ONCE):
                await quick.readuntil(b"id: %d\n" % sequence)
        lines = (await slow.read()).decode().splitlines()
    positions = [int(line.removeprefix("id: ")) for line in lines if line.startswith("id: ")]
    assert positions == list(range(1, len(positions) + 1))
    assert len(positions) < TOO_MANY - 1
    codes = [json.loads(line.removeprefix("data: "))["code"] for line in lines if '"code"' in line]
    # A machine too busy to say so much while a write may wait cuts the reader off without a word.
    assert codes == [4408] or "slow_reader_disconnected" in shop.gateway.log
