"""Tickets: one opens one stream, once, at any gateway, for its buyer alone."""

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from testkit.ports import free_port

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
GROW_OLD = "UPDATE stream_tickets SET expires_at = expires_at - interval '30 s' WHERE path = $1"
END_TOKEN_SOON = (
    "UPDATE stream_tickets SET token_expires_at = now() + interval '2 s' WHERE path = $1"
)


@pytest.fixture
async def placed(shop: Any) -> tuple[str, str]:
    customer = shop.customer()
    order_id = (await shop.place(customer)).json()["id"]
    await shop.moves(order_id, customer, "accepted")
    return customer, order_id


async def buy(shop: Any, headers: dict[str, str], body: Any) -> httpx.Response:
    return await shop.http.post("/v1/tickets", json=body, headers=headers)


async def change_ticket(shop: Any, path: str, statement: str) -> None:
    """Let time pass for a ticket, so that the test need not wait."""
    connection = await asyncpg.connect(shop.environment["DATABASE_URL"])
    try:
        await connection.execute(statement, path)
    finally:
        await connection.close()


async def test_a_ticket_opens_one_stream_once_at_another_gateway(
    shop: Any, placed: tuple[str, str], tmp_path: Path
) -> None:
    customer, order_id = placed
    path = f"/v1/orders/{order_id}/events"
    bought = await buy(shop, shop.token(customer), {"path": path})
    ticket = bought.json()["ticket"]
    assert (bought.status_code, bought.json()["url"]) == (201, f"{path}?ticket={ticket}")
    gateway = shop.beside(tmp_path, HTTP_PORT=str(free_port()), INSTANCE="2")
    try:
        await gateway.answering("/healthz")
        urls = [gateway.url, ""] * 4

        async def first_event(url: str) -> str:
            async with shop.following(order_id, {}, url, ticket=ticket) as stream:
                if stream.answer.status_code == 200:
                    return (await stream.event())["id"]
                return stream.answer.json()["code"]

        events = await asyncio.gather(*map(first_event, urls))
        assert sorted(events) == ["1", *["ticket_invalid"] * 7]
        assert ticket not in gateway.log + shop.gateway.log
    finally:
        await gateway.stop(signal.SIGKILL)


async def test_a_ticket_is_good_for_its_path_only_and_used_up_by_trying_another(
    shop: Any, placed: tuple[str, str]
) -> None:
    customer, order_id = placed
    bought = await buy(shop, shop.token(customer), {"path": f"/v1/orders/{order_id}/ws"})
    ticket = bought.json()["ticket"]
    async with shop.following(order_id, {}, ticket=ticket) as stream:
        assert (stream.answer.status_code, stream.answer.json()["code"]) == (401, "ticket_invalid")
        assert stream.answer.headers["www-authenticate"] == 'Bearer realm="orderstream"'


async def test_a_ticket_lives_for_seconds(shop: Any, placed: tuple[str, str]) -> None:
    customer, order_id = placed
    path = f"/v1/orders/{order_id}/events"
    ticket = (await buy(shop, shop.token(customer), {"path": path})).json()["ticket"]
    await change_ticket(shop, path, GROW_OLD)
    async with shop.following(order_id, {}, ticket=ticket) as stream:
        assert stream.answer.json()["code"] == "ticket_invalid"


async def test_the_stream_of_a_ticket_ends_with_the_token_that_bought_it(
    shop: Any, placed: tuple[str, str]
) -> None:
    customer, order_id = placed
    path = f"/v1/orders/{order_id}/events"
    ticket = (await buy(shop, shop.token(customer), {"path": path})).json()["ticket"]
    await change_ticket(shop, path, END_TOKEN_SOON)
    async with shop.following(order_id, {}, ticket=ticket) as stream:
        positions, ending = await stream.until_closed()
    assert (positions, ending["code"]) == ([1], 4401)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/path"),
        ([], ""),
        ({"path": 1}, "/path"),
        ({"path": "/v1/orders/o/events", "more": 1}, "/more"),
        ({"path": "/v1/orders"}, "/path"),
        ({"path": "/v1/orders/o/events?x=1"}, "/path"),
        ({"path": "https://elsewhere/v1/orders/o/events"}, "/path"),
    ],
    ids=json.dumps,
)
async def test_there_are_no_tickets_for_what_is_no_stream(
    shop: Any, body: Any, pointer: str
) -> None:
    answer = await buy(shop, shop.token(shop.customer()), body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_ticket_request")
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_nobody_buys_a_ticket_for_what_is_not_theirs(
    shop: Any, placed: tuple[str, str]
) -> None:
    _, order_id = placed
    wanted = {"path": f"/v1/orders/{order_id}/events"}
    stranger = await buy(shop, shop.token(shop.customer()), wanted)
    assert (stranger.status_code, stranger.json()["code"]) == (404, "order_not_found")
    assert (await buy(shop, {}, wanted)).json()["code"] == "token_missing"
    writer = await buy(shop, shop.token(shop.customer(), scopes=["orders:write"]), wanted)
    assert writer.json()["code"] == "insufficient_scope"
