"""How many of the places for webhooks in flight each customer may have."""

from collections import Counter
from dataclasses import dataclass

import pytest
from notifier.webhooks.shares import MAX_OF_ONE, PLACES, Shares


@dataclass(frozen=True)
class Wanting:
    subscription_id: str
    customer_id: str
    host: str


def webhook(customer: int, subscription: int = 0, host: str = "") -> Wanting:
    return Wanting(f"{customer}-{subscription}", str(customer), host or f"{customer}.example.com")


def taken_by(customers: int, *, host: str = "") -> Counter[str]:
    """What each has got once none gets any more."""
    shares, got = Shares(), Counter[str]()
    while True:
        wanting = [webhook(one, got[str(one)], host) for one in range(customers)]
        new = [one.customer_id for one in wanting if shares.take(one)]
        if not new:
            return got
        got.update(new)


@pytest.mark.parametrize(("customers", "at_most"), [(1, 25), (2, 17), (4, 10), (9, 5), (24, 2)])
def test_customers_share_and_leave_as_many_as_each_of_them_has(
    customers: int, at_most: int
) -> None:
    got = taken_by(customers)
    assert max(got.values()) <= at_most
    assert PLACES - got.total() >= min(got.values()) - 1 > 0


def test_who_comes_later_finds_places_that_those_before_have_not_all_taken() -> None:
    shares = Shares()
    for customer in range(5):
        assert sum(shares.take(webhook(customer, one)) for one in range(PLACES)) > 0
    assert shares.take(webhook(5))


def test_a_host_has_no_more_than_half_whoever_sends_there() -> None:
    assert taken_by(40, host="slow.example.com").total() == PLACES // 2


def test_a_receiver_has_five_at_most() -> None:
    shares = Shares()
    assert [shares.take(webhook(1)) for _ in range(6)] == [True] * MAX_OF_ONE + [False]
    assert shares.full("subscription") == ["1-0"]
    shares.give_back(webhook(1))
    assert shares.full("subscription") == []
    assert shares.take(webhook(1))


def test_what_is_given_back_can_be_had_again() -> None:
    shares = Shares(places=1)
    assert shares.take(webhook(1))
    assert not shares.take(webhook(2))
    assert shares.full("customer") == ["1"]
    shares.give_back(webhook(1))
    assert (shares.free, shares.full("customer")) == (1, [])
    assert shares.take(webhook(2))
