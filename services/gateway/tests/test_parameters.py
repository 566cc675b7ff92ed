"""Parameters in an address: numbers are digits, and what means nothing is refused by its name."""

from typing import Any

import pytest
from gateway.routes import ROUTES
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
STRICT = [
    (method, row.path)
    for row in ROUTES
    if row.knows_its_parameters and not row.path.startswith("/admin/")  # off on this stage
    for method in row.methods
    if method != "WEBSOCKET"
]


@pytest.mark.parametrize(
    "limit", ["1_0", "%2010", "10%20", "%2B10", "1e1", "10.0", "0x10", "%D9%A1", "", "1" * 5000]
)
async def test_a_number_is_digits(shop: Any, limit: str) -> None:
    known = shop.token(shop.customer(), scopes=["orders:read", "webhooks"])
    for path in ("/v1/products", "/v1/orders", "/v1/webhooks/x/deliveries"):
        answer = await shop.http.get(f"{path}?limit={limit}", headers=known)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_query")
        assert [one["pointer"] for one in answer.json()["errors"]] == ["/limit"]


@pytest.mark.parametrize("limit", ["10", "010", "7"])
async def test_digits_are_a_number(shop: Any, limit: str) -> None:
    answer = await shop.http.get(f"/v1/products?limit={limit}")
    assert answer.status_code == 200


@pytest.mark.parametrize(("method", "path"), STRICT)
async def test_a_parameter_that_means_nothing_is_refused_by_its_name(
    shop: Any, method: str, path: str
) -> None:
    answer = await shop.http.request(method, f"{path}?Limit=1&a%2Fb&ticket_=secret")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_query")
    names = [one["pointer"] for one in answer.json()["errors"]]
    assert names == ["/Limit", "/a~1b", "/ticket_"]
    assert "secret" not in answer.text


async def test_a_refusal_of_parameters_is_no_larger_than_anybody_reads(shop: Any) -> None:
    many = "&".join(f"p{number}" for number in range(500))
    answer = await shop.http.get(f"/v1/products?{many}")
    assert len(answer.json()["errors"]) == 100
    answer = await shop.http.get(f"/v1/products?{'x' * 101}=1")
    assert [one["pointer"] for one in answer.json()["errors"]] == [""]


@pytest.mark.parametrize("path", ["/v1/orders/x/ws", "/dashboard/realtime"])
async def test_a_socket_is_refused_before_it_begins(shop: Any, path: str) -> None:
    address = shop.gateway.url.replace("http", "ws", 1)
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"{address}{path}?ticked=x")
    assert refused.value.response.status_code == 400
    assert b"/ticked" in refused.value.response.body


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/metrics", "/problems", "/docs"])
async def test_probes_and_browsers_may_add_what_they_like(shop: Any, path: str) -> None:
    assert (await shop.http.get(f"{path}?utm_source=mail&_=1")).status_code == 200
