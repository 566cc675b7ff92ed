"""What no client should send is refused, stored nowhere, and repeated nowhere."""

import gzip
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
CARD = "4012888888881881"
IN_GROUPS = "4012 8888 8888 1881"
Order = Callable[..., dict[str, Any]]


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def assert_untold(shop: Any, answer: Any) -> None:
    for text in (answer.text, str(answer.headers), shop.gateway.log):
        assert CARD not in text
        assert IN_GROUPS not in text


@pytest.mark.parametrize("key", [CARD, IN_GROUPS, f"order-{CARD}-1"])
async def test_a_card_number_is_no_idempotency_key(shop: Any, body: Order, key: str) -> None:
    answer = await shop.send(shop.customer(), body(), **{"Idempotency-Key": key})
    assert refused(answer) == (422, "card_number_refused")
    assert_untold(shop, answer)


@pytest.mark.parametrize(
    "address",
    [
        f"/v1/products/{CARD}",
        f"/v1/products/{CARD}/availability",
        f"/v1/products?starting_after={CARD}",
        f"/v1/orders?card={CARD}",
        "/v1/orders?note=4012+8888+8888+1881",
        "/v1/orders?note=%34%30128888%2D88881881",
        f"/v1/orders/{CARD}",
        f"/nowhere/{CARD}",
    ],
)
async def test_a_card_number_in_an_address_is_refused(shop: Any, address: str) -> None:
    answer = await shop.http.get(address, headers=shop.token(shop.customer()))
    assert refused(answer) == (422, "card_number_refused")
    assert_untold(shop, answer)


@pytest.mark.parametrize("sent", [CARD, "4012-8888-8888-1881"])
async def test_a_card_number_is_no_request_id(shop: Any, sent: str) -> None:
    answer = await shop.http.get("/v1/products", headers={"X-Request-Id": sent})
    assert answer.is_success
    assert answer.headers["x-request-id"] != sent
    assert_untold(shop, answer)
    assert sent not in shop.gateway.log


async def send(shop: Any, content: bytes, **headers: str) -> Any:
    headers_ = {"Idempotency-Key": uuid.uuid4().hex, "Content-Type": "application/json"}
    headers_ |= shop.token(shop.customer()) | headers
    return await shop.http.post("/v1/orders", content=content, headers=headers_)


@pytest.mark.parametrize("encoding", ["gzip", "br", "GZIP, identity"])
async def test_a_compressed_body_is_not_unpacked(shop: Any, body: Order, encoding: str) -> None:
    content = gzip.compress(json.dumps(body()).encode())
    answer = await send(shop, content, **{"Content-Encoding": encoding})
    assert refused(answer) == (415, "unsupported_media_type")
    assert answer.headers["accept-encoding"] == "identity"
    plain = await send(shop, json.dumps(body()).encode(), **{"Content-Encoding": "identity"})
    assert plain.status_code == 202


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b'{"payment": {"token": "a"}, "payment": {"token": "b"}}', "An object has a name twice."),
        (b'{"lines": [{"sku": "A", "s\\u006bu": "B"}]}', "An object has a name twice."),
        (b'{"quantity": ' + b"9" * 5000 + b"}", "A number has more than 100 digits."),
        (b"[" * 100_000, "Nested too deeply."),
        (b'{"a":' * 40_000, "Nested too deeply."),
        (b'{"name": "\xc3("}', "Not UTF-8 at byte 10."),
        (b"\xff\xfe{\x00}\x00", "Not UTF-8 at byte 0."),
    ],
)
async def test_json_that_readers_could_differ_about_is_refused(
    shop: Any, content: bytes, detail: str
) -> None:
    answer = await send(shop, content)
    assert refused(answer) == (400, "invalid_json")
    assert answer.json()["detail"] == detail


@pytest.mark.parametrize(
    "changes",
    [
        {"payment": {"token": "tok\u0000visa"}},
        {"payment": {"token": "tok\ud800"}},
        {"recipient": {"name": "Ada\u0000"}},
        {"lines": [{"sku": "MUG\u0000", "quantity": 1}]},
        {"lines": [{"sku": "MUG 1", "quantity": 1e999}]},
        {"lines": [{"sku": "MUG 1", "quantity": 10**90}]},
        {"lines": [{"sku": "MUG 1", "quantity": True}]},
        {"\ud800": 1},
    ],
)
async def test_what_no_field_can_hold_is_refused(shop: Any, body: Order, changes: Any) -> None:
    content = json.dumps(body(**changes)).replace("Infinity", "1e999").encode()
    assert refused(await send(shop, content)) == (422, "invalid_order")
