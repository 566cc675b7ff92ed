"""The lifecycles of all services: their ends, and that an aggregate takes no way but those that are drawn."""

from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from itertools import product
from typing import Any

import pytest
from inventory.lifecycle import LIFECYCLE as OF_RESERVATIONS
from inventory.lifecycle import Reservation
from messaging import IllegalTransitionError, Lifecycle
from notifier.lifecycle import LIFECYCLE as OF_NOTIFICATIONS
from notifier.lifecycle import Notification
from order.lifecycle import LIFECYCLE as OF_ORDERS
from orderstream.maps.registries import lifecycle_of, services
from payment.lifecycle import LIFECYCLE as OF_PAYMENTS
from payment.lifecycle import Payment
from shipping.lifecycle import LIFECYCLE as OF_SHIPMENTS
from shipping.lifecycle import Shipment

ORDER = "ord_" + "1" * 32
ENDS: dict[Lifecycle[Any], set[str]] = {
    OF_RESERVATIONS: {"rejected", "released", "committed"},
    OF_NOTIFICATIONS: {"sent"},
    OF_ORDERS: {"completed", "cancelled"},
    OF_PAYMENTS: {"declined", "captured", "voided"},
    OF_SHIPMENTS: {"initiated", "cancelled"},
}
BECOMING: list[tuple[Callable[..., Any], Lifecycle[Any]]] = [
    (Reservation, OF_RESERVATIONS),
    (Notification, OF_NOTIFICATIONS),
    (Payment, OF_PAYMENTS),
    (Shipment, OF_SHIPMENTS),
]
"""Aggregates that are told their next state; an order derives its own."""


def test_every_lifecycle_is_here():
    assert {lifecycle_of(service) for service in services()} - {None} == ENDS.keys()


def test_the_ends_are_these_and_every_state_leads_to_one():
    for lifecycle, ends in ENDS.items():
        assert lifecycle.final_states == ends, lifecycle.noun
        reached = set(ends)
        for _ in lifecycle.transitions:
            reached |= {old for old, new in lifecycle.transitions.items() if new & reached}
        assert reached == lifecycle.transitions.keys(), lifecycle.noun


@pytest.mark.parametrize(("aggregate", "lifecycle"), BECOMING)
def test_an_aggregate_takes_the_ways_that_are_drawn_and_no_other(aggregate, lifecycle):
    for old, new in product(lifecycle.transitions, repeat=2):
        assert changed(aggregate, old, new) == (new if new in lifecycle.transitions[old] else old)


def changed(aggregate: Callable[..., Any], old: StrEnum, new: StrEnum) -> StrEnum:
    """Return the state in which one is that was to go from one to another."""
    one = aggregate(ORDER, status=old)
    with suppress(IllegalTransitionError):
        one.become(new)
    status: StrEnum = one.status
    return status
