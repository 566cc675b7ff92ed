"""What one customer may have of what all share."""

from contextlib import ExitStack

import pytest
from gateway.intake.idempotency import InFlightKeys
from gateway.problems.problem import ProblemError
from gateway.reads.long_poll import LongPoll
from gateway.shares import Shares
from gateway.streams.fan_out import OrderStreams


async def unread() -> None:
    """No history: nothing here reads one."""


def test_a_customer_has_its_share_and_others_have_theirs() -> None:
    streams = OrderStreams(Shares(5, 2))
    first, _ = (streams.open(order_id, 0, unread, "greedy") for order_id in ("a", "b"))
    with pytest.raises(ProblemError, match="as one customer may") as refused:
        streams.open("c", 0, unread, "greedy")
    assert (refused.value.code, refused.value.headers) == (
        "too_many_own_streams",
        {"Retry-After": "10"},
    )
    assert streams.open("a", 0, unread, "other")
    first.close()
    first.close()
    assert streams.open("c", 0, unread, "greedy")
    with pytest.raises(ProblemError, match="as one customer may"):
        streams.open("d", 0, unread, "greedy")


def test_what_is_given_back_leaves_nothing_behind() -> None:
    places = Shares(5, 2)
    for number in range(100):
        places.take(f"customer-{number}")
        places.give_back(f"customer-{number}")
    assert (len(places), len(places._held)) == (0, 0)


def test_those_who_wait_have_shares_too() -> None:
    places = Shares(3, 1)
    places.take("greedy")
    long_poll = LongPoll(places)
    assert not long_poll.has_room("greedy")
    assert long_poll.has_room("other")


def test_one_customer_cannot_have_all_orders_that_wait_to_be_written() -> None:
    in_flight = InFlightKeys(each=2)
    with ExitStack() as holding:
        for key in ("a", "b"):
            holding.enter_context(in_flight.hold("greedy", key))
        with (
            pytest.raises(ProblemError, match="of your orders") as refused,
            in_flight.hold("greedy", "c"),
        ):
            pass
        assert refused.value.code == "overloaded"
        holding.enter_context(in_flight.hold("other", "c"))
    assert (len(in_flight), len(in_flight._of)) == (0, 0)
