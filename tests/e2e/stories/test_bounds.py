"""An order at every bound completes; one beyond is refused with the bound, and nothing is held."""

from typing import Any

import pytest
from client import order_body, recipient_of
from e2e.asking import command_line
from e2e.shelves import DEAR_PRODUCT, SHARED_PRODUCTS
from e2e.shop import VISA, Shop, fresh_key
from events.limits import AMOUNT_MAX, EMAIL_BYTES_MAX, MAILBOX_BYTES_MAX, UNITS_MAX
from testkit.samples import host_of_length

pytestmark = pytest.mark.system
MUG, PEN, *_ = SHARED_PRODUCTS
MAILBOX = "x" * MAILBOX_BYTES_MAX
LONGEST = {
    "name": "\U0001f381" * 200,
    "email": f"{MAILBOX}@{host_of_length(EMAIL_BYTES_MAX - MAILBOX_BYTES_MAX - 1)}",
    "street": "e\u0301" * 100,
    "city": "x" * 100,
    "postcode": "1" * 20,
}
ORDERS = "SELECT count(*) FROM accepted_orders WHERE customer_id = $1"


@pytest.mark.parametrize(
    ("lines", "amount"),
    [
        ([(MUG, UNITS_MAX - 1), (PEN, 1)], UNITS_MAX * 250),
        ([(DEAR_PRODUCT, 1)], AMOUNT_MAX),
    ],
)
async def test_an_order_at_its_bounds_completes(
    shop: Shop, customer: str, lines: list[tuple[str, int]], amount: int
) -> None:
    body = order_body(lines, recipient_of(customer) | LONGEST, VISA)
    order_id = (await shop.client.place(customer, body)).order_id
    shop.placed.append(order_id)
    order = await shop.end(order_id, customer)
    assert (order["status"], order["total"]["amount"]) == ("completed", amount)
    (intent,) = await shop.books.intents(order_id)
    assert intent["amount_received"] == amount
    (label,) = await shop.books.labels(order_id)
    assert label["parcel"]["weight_grams"] == sum(units for _, units in lines) * 250
    assert await shop.books.mails(order_id)


@pytest.mark.parametrize(
    ("lines", "changes", "code", "pointer"),
    [
        ([(MUG, UNITS_MAX), (PEN, 1)], {}, "order_too_heavy", "/lines"),
        ([(DEAR_PRODUCT, 1), (PEN, 1)], {}, "order_too_expensive", "/lines"),
        ([(MUG, 1)], {"city": "x" * 101}, "invalid_order", "/recipient/city"),
        ([(MUG, 1)], {"postcode": "1" * 41}, "invalid_order", "/recipient/postcode"),
        ([(MUG, 1)], {"email": f"x{LONGEST['email']}"}, "invalid_order", "/recipient/email"),
        ([(MUG, 1)], {"name": "\u3000 "}, "invalid_order", "/recipient/name"),
    ],
)
async def test_an_order_beyond_a_bound_is_refused_and_nothing_is_written(
    shop: Shop, customer: str, *, lines: Any, changes: Any, code: str, pointer: str
) -> None:
    body = order_body(lines, recipient_of(customer) | changes, VISA)
    answer = await shop.post("/v1/orders", body, fresh_key(), customer)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert await shop.books.ask("gateway", ORDERS, customer) == 0


async def test_the_command_line_says_the_true_reason_in_one_line(shop: Shop) -> None:
    ended = await command_line(shop)("order", f"{MUG}:2880", f"{PEN}:1400")
    assert ended.exit_code == 1
    assert "The order is too heavy" in ended.stderr
    assert "would weigh 1070000 g; the carrier takes 1000000 g at most" in ended.stderr
    assert ended.stderr.strip().count("\n") == 0
