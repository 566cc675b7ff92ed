"""The statuses of an order, and the only ways between them."""

import pytest
from events import OrderStatus
from hypothesis import given
from hypothesis import strategies as st
from messaging import IllegalTransitionError
from order.lifecycle import LIFECYCLE


def test_the_ends_are_what_every_listener_takes_for_one():
    assert LIFECYCLE.final_states == {status for status in OrderStatus if status.is_final}


@pytest.mark.parametrize("end", sorted(LIFECYCLE.final_states))
@pytest.mark.parametrize("status", OrderStatus)
def test_nothing_follows_an_end(end, status):
    with pytest.raises(IllegalTransitionError):
        LIFECYCLE.move(end, status)


@given(st.data())
def test_every_way_that_nobody_holds_up_leads_to_an_end_and_meets_no_status_twice(data):
    way = [OrderStatus.ACCEPTED]
    while LIFECYCLE.transitions[way[-1]]:
        following = sorted(LIFECYCLE.transitions[way[-1]] - {OrderStatus.HELD})
        way.append(LIFECYCLE.move(way[-1], data.draw(st.sampled_from(following))))
    assert len(way) == len(set(way))
