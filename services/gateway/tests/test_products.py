"""Products are the inventory service's answers, forwarded and cached by the book."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]


@pytest.fixture(autouse=True)
async def inventory(shop: Any) -> AsyncIterator[Any]:
    """The inventory service, as it was before when the test is over."""
    service = shop.inventory_service
    products = dict(service.products)
    service.asked.clear()
    yield service
    service.products, service.fields, service.nonsense = products, {}, False


async def read(shop: Any, sku: str, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await shop.http.get(f"/v1/products/{sku}", headers=named)


async def test_products_are_listed_for_everybody(shop: Any, inventory: Any) -> None:
    mug = await read(shop, "MUG 1")
    assert mug.json()["unit_price"] == {"amount": 450, "currency": "GBP"}
    assert (await read(shop, "NONE")).json()["code"] == "product_not_found"
    inventory.fields = {"Link": '</v1/products?limit=1&starting_after=MUG+1>; rel="next"'}
    first = await shop.http.get("/v1/products?limit=1")
    assert first.json()["next_cursor"] == "MUG 1"
    rest = await shop.http.get(first.links["next"]["url"])
    assert [product["sku"] for product in rest.json()["data"]] == ["PEN.2"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "limit=x", f"starting_after={'x' * 101}"]
)
async def test_a_wrong_query_is_reported_and_asked_of_nobody(
    shop: Any, inventory: Any, query: str
) -> None:
    answer = await shop.http.get(f"/v1/products?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_query")
    assert inventory.asked == []


async def test_what_is_of_one_connection_or_of_the_client_alone_is_not_passed_on(
    shop: Any, inventory: Any
) -> None:
    inventory.products["FWD"] = 1
    answer = await read(
        shop,
        "FWD",
        Connection="keep-alive, X-Mine",
        X_Mine="1",
        Keep_Alive="timeout=5",
        TE="trailers",
        X_Foreign="2",
        Accept_Language="de",
        Authorization="Bearer secret",
        Cookie="a=b",
        Forwarded="for=10.0.0.1",
        X_Forwarded_For="10.0.0.1",
        If_None_Match='"x"',
    )
    assert answer.status_code == 200
    (asked,) = inventory.asked
    passed = asked.headers
    assert passed["accept-language"] == "de"
    dropped = (
        "x-mine",
        "keep-alive",
        "te",
        "authorization",
        "cookie",
        "x-forwarded-for",
        "x-foreign",
    )
    assert [name for name in (*dropped, "if-none-match") if name in passed] == []


async def test_the_upstream_is_given_the_customer(shop: Any, inventory: Any) -> None:
    inventory.products["WHO"] = 1
    trace = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    await read(shop, "WHO", X_Request_Id="req-7", traceparent=trace)
    (asked,) = inventory.asked
    host = shop.gateway.url.removeprefix("http://")
    assert asked.headers["forwarded"] == f'for="127.0.0.1";host="{host}";proto=http'
    assert asked.headers["via"] == "1.1 orderstream"
    assert asked.headers["x-request-id"] == "req-7"
    assert asked.headers["traceparent"].split("-")[1] == "a" * 32
    assert asked.headers["traceparent"] != trace


async def test_an_answer_is_given_from_the_cache_while_it_is_fresh(
    shop: Any, inventory: Any
) -> None:
    inventory.products["HIT"] = 1
    first, second = await read(shop, "HIT"), await read(shop, "HIT", Authorization="Bearer x")
    assert first.headers["cache-status"] == "orderstream; fwd=uri-miss; fwd-status=200; stored"
    assert second.headers["cache-status"].startswith("orderstream; hit; ttl=")
    assert int(second.headers["age"]) >= 0
    assert second.headers["cache-control"] == "public, max-age=10"
    assert (first.content, len(inventory.asked)) == (second.content, 1)
    assert len(second.headers.get_list("date")) == 1


async def test_a_client_may_ask_to_have_the_cache_held_against_the_source(
    shop: Any, inventory: Any
) -> None:
    inventory.products["NEW"] = 1
    await read(shop, "NEW")
    same = await read(shop, "NEW", Cache_Control="no-cache")
    assert same.headers["cache-status"] == "orderstream; fwd=request; fwd-status=304; stored"
    inventory.products["NEW"] = 2
    changed = await read(shop, "NEW", Cache_Control="no-cache")
    assert changed.headers["cache-status"] == "orderstream; fwd=request; fwd-status=200; stored"
    assert changed.json()["unit_price"]["amount"] == 2
    assert (await read(shop, "NEW")).json()["unit_price"]["amount"] == 2


async def test_a_client_that_has_the_product_is_not_sent_it_again(shop: Any) -> None:
    first = await read(shop, "PEN.2")
    same = await read(shop, "PEN.2", If_None_Match=first.headers["etag"])
    assert (same.status_code, same.content) == (304, b"")
    assert same.headers["etag"] == first.headers["etag"]
    assert same.headers["cache-control"] == "public, max-age=10"
    assert (await read(shop, "PEN.2", If_None_Match='"other"')).status_code == 200


@pytest.mark.parametrize("rule", ["private, max-age=60", "no-store", "max-age=60, no-store"])
async def test_what_is_not_for_everybody_is_never_kept(
    shop: Any, inventory: Any, rule: str
) -> None:
    inventory.products["MINE"] = 1
    inventory.fields = {"Cache-Control": rule, "Set-Cookie": "who=ada"}
    answers = [await read(shop, "MINE") for _ in range(2)]
    assert len(inventory.asked) == 2
    for answer in answers:
        assert answer.headers["cache-status"] == "orderstream; fwd=uri-miss; fwd-status=200"
        assert "set-cookie" not in answer.headers


async def test_an_answer_that_varies_is_given_only_to_who_asks_alike(
    shop: Any, inventory: Any
) -> None:
    inventory.products["VARY"] = 1
    inventory.fields = {"Vary": "Accept-Language"}
    for language, hits in (("en", False), ("de", False), ("en", True), ("de", True)):
        answer = await read(shop, "VARY", Accept_Language=language)
        assert ("hit" in answer.headers["cache-status"]) == hits
    assert [asked.headers["accept-language"] for asked in inventory.asked] == ["en", "de"]


async def test_one_customers_orders_never_reach_another(shop: Any) -> None:
    owner, other = shop.customer(), shop.customer()
    order_id = (await shop.place(owner)).json()["id"]
    shop.order_service.knows(order_id, owner, "reserved")
    for _ in range(2):
        mine = await shop.http.get(f"/v1/orders/{order_id}", headers=shop.token(owner))
        theirs = await shop.http.get(f"/v1/orders/{order_id}", headers=shop.token(other))
        nobodys = await shop.http.get(f"/v1/orders/{order_id}")
        assert (mine.status_code, theirs.status_code, nobodys.status_code) == (200, 404, 401)
        assert "cache-status" not in mine.headers
        assert mine.headers["cache-control"] == "private, no-cache"


async def test_an_answer_that_makes_no_sense_is_reported_as_such(shop: Any, inventory: Any) -> None:
    inventory.nonsense = True
    answer = await read(shop, "PEN.2", Cache_Control="no-cache")
    assert (answer.status_code, answer.json()["code"]) == (502, "upstream_invalid")


async def test_readiness_names_the_instances_that_are_out(shop: Any) -> None:
    ready = (await shop.http.get("/readyz")).json()
    assert (ready["checks"]["inventory-api"], ready["checks"]["order-api"]) == ("ok", "ok")
