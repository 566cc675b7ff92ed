"""One order's changes over a WebSocket."""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]


@pytest.fixture
async def placed(shop: Any) -> tuple[str, str]:
    customer = shop.customer()
    return customer, (await shop.place(customer)).json()["id"]


def socket(shop: Any, order_id: str, headers: dict[str, str], query: str = "") -> connect:
    address = shop.gateway.url.replace("http", "ws", 1)
    return connect(f"{address}/v1/orders/{order_id}/ws{query}", additional_headers=headers)


async def rest_of(stream: ClientConnection) -> tuple[list[int], int, str]:
    """The sequences of all further messages, and with what the socket is closed."""
    sequences = [json.loads(message)["sequence"] async for message in without_end(stream)]
    return sequences, stream.close_code or 0, stream.close_reason or ""


async def without_end(stream: ClientConnection) -> AsyncIterator[str | bytes]:
    """Messages until the socket is closed, for whatever reason."""
    with suppress(ConnectionClosed):
        while True:
            yield await stream.recv()


async def test_history_comes_first_and_then_what_is_new_until_the_end(
    shop: Any, placed: tuple[str, str]
) -> None:
    customer, order_id = placed
    await shop.moves(order_id, customer, "accepted", "authorized", publish=False)
    headers = shop.token(customer)
    async with socket(shop, order_id, headers) as stream:
        first = await stream.recv()
        await stream.send("whatever a client says is not listened to")
        assert json.loads(await stream.recv())["sequence"] == 2
        await shop.moves(order_id, customer, "cancelling", "cancelled")
        assert (await rest_of(stream))[:2] == ([3, 4], 1000)
    async with shop.following(order_id, headers) as events:
        assert (await events.event())["data"] == first
    async with socket(shop, order_id, headers, "?after=3") as stream:
        assert (await rest_of(stream))[:2] == ([4], 1000)
    async with socket(shop, order_id, headers, "?after=4") as stream:
        assert (await rest_of(stream))[:2] == ([], 1000)


async def test_what_is_refused_is_reported_by_the_close_code(
    shop: Any, placed: tuple[str, str]
) -> None:
    customer, order_id = placed

    async def closing(headers: dict[str, str], query: str = "") -> tuple[int, str]:
        async with socket(shop, order_id, headers, query) as stream:
            return (await rest_of(stream))[1:]

    own = shop.token(customer)
    code, reason = await closing({})
    assert (code, reason) == (4401, "token_missing: This needs a bearer token.")
    assert (await closing({}, "?ticket=x"))[0] == 4401
    assert (await closing(shop.token(customer, scopes=["orders:write"])))[0] == 4403
    assert (await closing(shop.token(shop.customer())))[0] == 4404
    assert (await closing(own, "?after=x"))[0] == 4400
    assert (await closing(own, "?after=1"))[0] == 4400
    assert (await closing(shop.token(customer, expires_in=-28)))[0] == 4401


async def test_a_ticket_stands_in_for_the_token(shop: Any, placed: tuple[str, str]) -> None:
    customer, order_id = placed
    wanted = {"path": f"/v1/orders/{order_id}/ws"}
    bought = await shop.http.post("/v1/tickets", json=wanted, headers=shop.token(customer))
    query = f"?ticket={bought.json()['ticket']}"
    async with socket(shop, order_id, {}, query) as stream:
        await shop.moves(order_id, customer, "accepted")
        assert json.loads(await stream.recv())["sequence"] == 1
    async with socket(shop, order_id, {}, query) as stream:
        assert (await rest_of(stream))[1] == 4401
