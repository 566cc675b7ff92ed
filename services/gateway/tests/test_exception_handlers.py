from typing import Any

import pytest
from events import Money, OrderPlaced
from privacy import Sealer
from pydantic import SecretStr

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def test_an_accepted_order_is_reported_once_with_all_that_others_need(shop: Any) -> None:
    customer = shop.customer()
    answer = await shop.place(customer, traceparent=TRACE)
    order = answer.json()
    (envelope,) = await shop.published("order-placed", order["id"])
    event = envelope.event
    assert isinstance(event, OrderPlaced)
    assert (envelope.source, envelope.sequence) == ("gateway", 1)
    assert (envelope.correlation_id, envelope.causation_id) == (order["id"], None)
    assert (event.customer_id, event.country) == (customer, "GB")
    assert event.total == Money(amount=999, currency="GBP")
    assert [line.model_dump() for line in event.lines] == order["lines"]
    assert event.payment_token == "tok_visa"
    version, trace_id, span_id, flags = envelope.traceparent.split("-")
    assert (version, trace_id, flags) == ("00", TRACE.split("-")[1], "01")
    assert span_id != TRACE.split("-")[2]


async def test_the_recipient_travels_sealed(shop: Any) -> None:
    order_id = (await shop.place(shop.customer())).json()["id"]
    (record,) = await shop.records("order-placed", order_id)
    content = record.value + repr(record.headers).encode()
    for personal in ("Lovelace", "ada@", "James", "London", "SW1Y"):
        assert personal.encode() not in content
        assert personal not in shop.gateway.log
    (envelope,) = await shop.published("order-placed", order_id)
    sealer = Sealer(SecretStr(shop.environment["SEALING_KEY"]))
    assert sealer.unseal(envelope.event.recipient, order_id).name == "Ada Lovelace"


async def test_a_repeat_is_not_reported_again(shop: Any) -> None:
    customer = shop.customer()
    first = (await shop.place(customer, Idempotency_Key="once")).json()["id"]
    await shop.place(customer, Idempotency_Key="once")
    marker = (await shop.place(customer)).json()["id"]
    await shop.published("order-placed", marker)
    assert len(await shop.records("order-placed", first)) == 1


async def test_every_request_is_one_line_in_the_log(shop: Any) -> None:
    answer = await shop.place(shop.customer(), X_Request_Id="the-one-line")
    await shop.http.get("/healthz", headers={"X-Request-Id": "too-quiet-for-a-line"})
    (line,) = [line for line in shop.gateway.log.splitlines() if "the-one-line" in line]
    assert '"route": "/v1/orders"' in line
    assert '"status": 202' in line
    assert answer.json()["id"] in line
    assert "too-quiet-for-a-line" not in shop.gateway.log


async def test_a_request_id_that_could_forge_a_log_line_is_replaced(shop: Any) -> None:
    answer = await shop.http.get("/", headers={"X-Request-Id": "a b\tc"})
    assert len(answer.headers["x-request-id"]) == 32
