"""The states of a shipment, and the only ways between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messaging import IllegalTransitionError
from shipping.lifecycle import LIFECYCLE, Shipment, ShipmentStatus

ORDER = "ord_" + "1" * 32


def test_the_ends_are_these():
    assert LIFECYCLE.final_states == {ShipmentStatus.INITIATED, ShipmentStatus.CANCELLED}


@pytest.mark.parametrize("end", sorted(LIFECYCLE.final_states))
@pytest.mark.parametrize("state", ShipmentStatus)
def test_nothing_follows_an_end(end, state):
    shipment = Shipment(ORDER, status=end)
    with pytest.raises(
        IllegalTransitionError, match=f"the shipment is {end} and cannot become {state}"
    ):
        shipment.become(state)
    assert shipment.status is end


@given(st.lists(st.sampled_from(ShipmentStatus), max_size=20))
def test_a_shipment_only_ever_takes_the_ways_that_are_drawn(wishes):
    shipment = Shipment(ORDER)
    for wish in wishes:
        before = shipment.status
        if wish in LIFECYCLE.transitions[before]:
            shipment.become(wish)
            assert shipment.status is wish
        else:
            with pytest.raises(IllegalTransitionError):
                shipment.become(wish)
            assert shipment.status is before


def test_from_everywhere_there_is_a_way_to_an_end():
    ends = set(LIFECYCLE.final_states)
    for _ in ShipmentStatus:
        ends |= {state for state, after in LIFECYCLE.transitions.items() if after & ends}
    assert ends == set(ShipmentStatus)
