from typing import Any

import pytest

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]


async def placed(shop: Any, customer: str) -> str:
    answer = await shop.place(customer)
    return str(answer.json()["id"])


async def read(shop: Any, order_id: str, customer: str, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await shop.http.get(f"/v1/orders/{order_id}", headers=shop.token(customer) | named)


async def test_an_order_is_there_before_the_order_service_has_seen_it(shop: Any) -> None:
    customer = shop.customer()
    answer = await shop.place(customer)
    found = await read(shop, answer.json()["id"], customer)
    assert (found.status_code, found.json()) == (200, answer.json())
    assert found.headers["etag"] == '"0"'


async def test_the_status_comes_from_the_order_service(shop: Any) -> None:
    customer = shop.customer()
    order_id = await placed(shop, customer)
    shop.order_service.knows(order_id, customer, "shipped", version=4)
    found = await read(shop, order_id, customer)
    assert (found.json()["status"], found.headers["etag"]) == ("shipped", '"4"')
    assert found.headers["cache-control"] == "private, no-cache"
    assert "cancel" in found.json()["links"]
    shop.order_service.knows(order_id, customer, "completed", version=5)
    assert set((await read(shop, order_id, customer)).json()["links"]) == {"self"}


@pytest.mark.parametrize("tags", ['"3"', 'W/"3"', '"1", "3"', "*"])
async def test_a_client_that_has_the_version_is_not_sent_it_again(shop: Any, tags: str) -> None:
    customer = shop.customer()
    order_id = await placed(shop, customer)
    shop.order_service.knows(order_id, customer, "reserved", version=3)
    same = await read(shop, order_id, customer, If_None_Match=tags)
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", '"3"')


async def test_another_version_is_sent(shop: Any) -> None:
    customer = shop.customer()
    order_id = await placed(shop, customer)
    assert (await read(shop, order_id, customer, If_None_Match='"1"')).status_code == 200


async def test_other_customers_orders_do_not_exist(shop: Any) -> None:
    owner, other = shop.customer(), shop.customer()
    own_record, known = await placed(shop, owner), await placed(shop, owner)
    shop.order_service.knows(known, owner, "accepted")
    missing = await read(shop, f"ord_{'0' * 32}", other)
    for order_id in (own_record, known):
        answer = await read(shop, order_id, other)
        assert (answer.status_code, answer.json()["code"]) == (404, "order_not_found")
        assert answer.json()["detail"] == missing.json()["detail"]


async def test_operators_see_everybodys_orders(shop: Any) -> None:
    order_id = await placed(shop, shop.customer())
    headers = shop.token("olga", scopes=["ops"])
    answer = await shop.http.get(f"/v1/orders/{order_id}", headers=headers)
    assert answer.status_code == 200
    await shop.http.get("/v1/orders?status=held&limit=5", headers=headers)
    assert shop.order_service.asked[-1] == {"limit": "5", "status": "held"}


async def test_customers_list_only_their_own_orders(shop: Any) -> None:
    customer = shop.customer()
    order_id = await placed(shop, customer)
    shop.order_service.documents = {}
    shop.order_service.knows(order_id, customer, "reserved")
    query = f"status=reserved&starting_after={order_id}"
    of_another = f"/v1/orders?{query}&customer_id=somebody-else"
    refused = await shop.http.get(of_another, headers=shop.token(customer))
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_query")
    answer = await shop.http.get(f"/v1/orders?{query}", headers=shop.token(customer))
    assert shop.order_service.asked[-1] == {
        "limit": "20",
        "status": "reserved",
        "customer_id": customer,
        "starting_after": order_id,
    }
    page = answer.json()
    assert (page["has_more"], page["next_cursor"]) == (True, "x")
    assert page["data"][0]["links"]["self"] == f"/v1/orders/{order_id}"


@pytest.mark.parametrize(
    ("query", "pointer"), [("limit=0", "/limit"), ("limit=x", "/limit"), ("status=lost", "/status")]
)
async def test_a_wrong_query_is_reported(shop: Any, query: str, pointer: str) -> None:
    answer = await shop.http.get(f"/v1/orders?{query}", headers=shop.token("alice"))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_query")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize("order_id", ["1", "ord_x", "..%2Fhealthz", "ord_" + "0" * 33])
async def test_what_is_no_order_id_finds_nothing(shop: Any, order_id: str) -> None:
    answer = await read(shop, order_id, "alice")
    assert answer.status_code == 404


async def test_an_order_service_that_fails_is_reported_as_such(shop: Any) -> None:
    customer = shop.customer()
    order_id = await placed(shop, customer)
    shop.order_service.failing = True
    try:
        answer = await read(shop, order_id, customer)
    finally:
        shop.order_service.failing = False
    assert (answer.status_code, answer.json()["code"]) == (503, "order_service_unavailable")
    assert answer.headers["retry-after"]


async def test_the_gateway_describes_itself(shop: Any) -> None:
    index = (await shop.http.get("/")).json()
    for link in index["links"].values():
        assert (await shop.http.get(link)).status_code in (200, 401)
    document = (await shop.http.get("/openapi.json")).json()
    placing = document["paths"]["/v1/orders"]["post"]
    assert {"202", "400", "401", "403", "409", "413", "415", "422", "503"} <= set(
        placing["responses"]
    )
    assert "RequestedLine" in document["components"]["schemas"]
