"""An order at every bound is taken by every neighbour; one beyond is refused before it is written."""

import re
from typing import Any

import pytest
from bounds.door import MANY, VAST, accept
from bounds.neighbours import Neighbours
from events.limits import (
    AMOUNT_MAX,
    CITY_MAX,
    EMAIL_BYTES_MAX,
    LINE_UNITS_MAX,
    LINES_MAX,
    MAILBOX_BYTES_MAX,
    NAME_MAX,
    PAYMENT_TOKEN_MAX,
    POSTCODE_MAX,
    STREET_MAX,
    UNITS_MAX,
)
from events.patterns import SEEN_LINE
from gateway.problems.problem import ProblemError
from hypothesis import given, settings
from hypothesis import strategies as st
from notifier.commands import MailSent
from payment.commands import Approved, Declined
from shipping.commands import Booked
from testkit.samples import RECIPIENT, host_of_length

pytestmark = pytest.mark.process
APPROVED = "tok_visa"
Basket = list[tuple[str, int]]

NEITHER_SPACES_NOR_DIGITS = ("Cc", "Cs", "Cn", "Zs", "Zl", "Zp", "Nd", "No")
"""So many digits, or signs with digits in them, as a field may hold might be a card number."""
letters = st.text(
    st.characters(exclude_categories=NEITHER_SPACES_NOR_DIGITS, exclude_characters="\ufeff"),
    min_size=1,
    max_size=3,
).filter(lambda text: bool(re.match(SEEN_LINE, text)))
LENGTHS = {"name": NAME_MAX, "street": STREET_MAX, "city": CITY_MAX, "postcode": POSTCODE_MAX}
FITTING: tuple[Basket, ...] = (
    [("PENNY", 1)],
    [("PENNY", UNITS_MAX)],
    [("PENNY", UNITS_MAX - 1), ("FREE", 1)],
    [("HEAVY", UNITS_MAX)],
    [("DEAR", 1)],
    [("DEAR", 1), ("FREE", UNITS_MAX - 1)],
    [(sku, UNITS_MAX // LINES_MAX) for sku in MANY[:LINES_MAX]],
)
TOO_MUCH: tuple[tuple[str, Basket], ...] = (
    ("order_too_heavy", [("PENNY", UNITS_MAX + 1)]),
    ("order_too_heavy", [("HEAVY", UNITS_MAX), ("FREE", 1)]),
    ("order_too_heavy", [("PENNY", LINE_UNITS_MAX)]),
    ("order_too_expensive", [("DEAR", 1), ("PENNY", 1)]),
    ("order_too_expensive", [("DEAR", UNITS_MAX)]),
    ("order_too_expensive", [("HEAVY", UNITS_MAX - 1), ("DEAR", 1)]),
    ("order_too_cheap", [("FREE", 1)]),
    ("order_too_cheap", [("FREE", UNITS_MAX)]),
    ("order_too_large", [(sku, 1) for sku in VAST]),
    ("invalid_order", [("PENNY", LINE_UNITS_MAX + 1)]),
    ("invalid_order", [(sku, 1) for sku in MANY]),
    ("invalid_order", [("PENNY", 0)]),
)
BEYOND: dict[str, str] = {
    "email": f"{'x' * MAILBOX_BYTES_MAX}@{host_of_length(EMAIL_BYTES_MAX - MAILBOX_BYTES_MAX)}",
    "country": "gb",
}


@st.composite
def recipients(draw: Any) -> dict[str, str]:
    """Somebody whose name or address is as long as it may be, in letters of any kind."""
    long = draw(st.sets(st.sampled_from([*LENGTHS, "email"]), min_size=1))
    person = {field: _of_length(draw(letters), LENGTHS[field]) for field in long - {"email"}}
    if "email" in long:
        person["email"] = draw(emails())
    return {**RECIPIENT, **person}


@st.composite
def emails(draw: Any) -> str:
    """An address of as many bytes as it may have, in ASCII or not."""
    some = draw(st.sampled_from(["x", "\u00e4", "o'", "+_", "\U0001f381"]))
    mailbox = some * (MAILBOX_BYTES_MAX // len(some.encode()))
    return f"{mailbox}@{host_of_length(EMAIL_BYTES_MAX - len(mailbox.encode()) - 1)}"


def body(basket: Basket, recipient: dict[str, str], token: str = APPROVED) -> dict[str, Any]:
    lines = [{"sku": sku, "quantity": quantity} for sku, quantity in basket]
    return {"lines": lines, "payment": {"token": token}, "recipient": recipient}


def refusal(wanted: dict[str, Any], neighbours: Neighbours) -> tuple[str, list[str]]:
    with pytest.raises(ProblemError) as caught:
        accept(wanted, neighbours.sealer)
    return caught.value.code, [fault.pointer for fault in caught.value.errors]


def _of_length(text: str, length: int) -> str:
    return (text * length)[:length]


@settings(deadline=None, max_examples=40)
@given(basket=st.sampled_from(FITTING), recipient=recipients())
async def test_an_order_at_its_bounds_is_taken_by_every_neighbour(
    neighbours: Neighbours, basket: Basket, recipient: dict[str, str]
) -> None:
    order, _ = accept(body(basket, recipient), neighbours.sealer)
    assert isinstance(await neighbours.pay(order), Approved)
    assert isinstance(await neighbours.ship(order), Booked)
    assert isinstance(await neighbours.notify(order), MailSent)


@settings(deadline=None, max_examples=50)
@given(beyond=st.sampled_from(TOO_MUCH), recipient=recipients())
def test_an_order_beyond_a_bound_of_its_lines_is_refused(
    neighbours: Neighbours, beyond: tuple[str, Basket], recipient: dict[str, str]
) -> None:
    code, basket = beyond
    assert refusal(body(basket, recipient), neighbours)[0] == code


@settings(deadline=None, max_examples=50)
@given(
    basket=st.sampled_from(FITTING),
    recipient=recipients(),
    field=st.sampled_from([*LENGTHS, *BEYOND]),
    letter=letters,
)
def test_a_recipient_beyond_a_bound_is_pointed_at(
    neighbours: Neighbours, basket: Basket, recipient: dict[str, str], field: str, letter: str
) -> None:
    value = BEYOND.get(field) or _of_length(letter, LENGTHS[field] + 1)
    wanted = body(basket, {**recipient, field: value})
    assert refusal(wanted, neighbours) == ("invalid_order", [f"/recipient/{field}"])


async def test_the_longest_token_is_declined_by_the_provider_and_a_longer_one_at_the_door(
    neighbours: Neighbours,
) -> None:
    wanted = body([("DEAR", 1)], dict(RECIPIENT), "x" * PAYMENT_TOKEN_MAX)
    order, _ = accept(wanted, neighbours.sealer)
    assert await neighbours.pay(order) == Declined(
        order_id=order.order_id, decline_code="resource_missing"
    )
    longer = body([("DEAR", 1)], dict(RECIPIENT), "x" * (PAYMENT_TOKEN_MAX + 1))
    assert refusal(longer, neighbours) == ("invalid_order", ["/payment/token"])


def test_the_baskets_touch_the_bounds(neighbours: Neighbours) -> None:
    orders = [accept(body(one, dict(RECIPIENT)), neighbours.sealer)[0] for one in FITTING]
    units = [sum(line.quantity for line in order.lines) for order in orders]
    assert max(units) == UNITS_MAX
    assert {order.total.amount for order in orders} >= {1, AMOUNT_MAX}
    assert max(len(order.lines) for order in orders) == LINES_MAX
