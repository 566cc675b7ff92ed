"""The states of a reservation, and the only ways between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inventory.lifecycle import LIFECYCLE, Reservation, ReservationStatus
from messaging import IllegalTransitionError

ORDER = "ord_" + "1" * 32


def test_the_ends_are_these():
    assert LIFECYCLE.final_states == {
        ReservationStatus.REJECTED,
        ReservationStatus.RELEASED,
        ReservationStatus.COMMITTED,
    }


@pytest.mark.parametrize("end", sorted(LIFECYCLE.final_states))
@pytest.mark.parametrize("state", ReservationStatus)
def test_nothing_follows_an_end(end, state):
    reservation = Reservation(ORDER, status=end)
    with pytest.raises(
        IllegalTransitionError, match=f"the reservation is {end} and cannot become {state}"
    ):
        reservation.become(state)
    assert reservation.status is end


@given(st.lists(st.sampled_from(ReservationStatus), max_size=20))
def test_a_reservation_only_ever_takes_the_ways_that_are_drawn(wishes):
    reservation = Reservation(ORDER)
    for wish in wishes:
        before = reservation.status
        if wish in LIFECYCLE.transitions[before]:
            reservation.become(wish)
            assert reservation.status is wish
        else:
            with pytest.raises(IllegalTransitionError):
                reservation.become(wish)
            assert reservation.status is before


@given(st.data())
def test_every_way_leads_to_an_end(data):
    reservation = Reservation(ORDER)
    for _ in ReservationStatus:
        following = LIFECYCLE.transitions[reservation.status]
        if following:
            reservation.become(data.draw(st.sampled_from(sorted(following))))
    assert reservation.status in LIFECYCLE.final_states
