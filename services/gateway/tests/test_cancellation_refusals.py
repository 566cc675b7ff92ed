"""Which refusal a cancellation gets, for every status that an order can have."""

import pytest
from events import OrderStatus
from gateway.intake.order_intake import cancellation_refusal

SHIPPED = {OrderStatus.SHIPPED, OrderStatus.PAYMENT_REVIEW, OrderStatus.COMPLETED}


def code(status: OrderStatus, *, requested: bool) -> str | None:
    refusal = cancellation_refusal(status, requested=requested)
    return None if refusal is None else refusal.code


@pytest.mark.parametrize("requested", [False, True])
@pytest.mark.parametrize("status", OrderStatus)
def test_what_the_carrier_has_is_too_late_however_often_it_is_requested(
    status: OrderStatus, *, requested: bool
) -> None:
    assert (code(status, requested=requested) == "already_shipped") is (status in SHIPPED)


def test_a_cancelled_order_is_refused_unless_its_customer_repeats_the_request() -> None:
    assert code(OrderStatus.CANCELLED, requested=False) == "already_final"
    assert code(OrderStatus.CANCELLED, requested=True) is None


@pytest.mark.parametrize("status", sorted(set(OrderStatus) - SHIPPED - {OrderStatus.CANCELLED}))
def test_an_order_on_its_way_to_the_carrier_can_be_cancelled(status: OrderStatus) -> None:
    assert code(status, requested=False) is None
