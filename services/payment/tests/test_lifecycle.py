"""The states of the money, and the only ways between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messaging import IllegalTransitionError
from payment.lifecycle import LIFECYCLE, Payment, PaymentStatus

ORDER = "ord_" + "1" * 32


def test_the_ends_are_these():
    assert LIFECYCLE.final_states == {
        PaymentStatus.DECLINED,
        PaymentStatus.CAPTURED,
        PaymentStatus.VOIDED,
    }


@pytest.mark.parametrize("end", sorted(LIFECYCLE.final_states))
@pytest.mark.parametrize("state", PaymentStatus)
def test_nothing_follows_an_end(end, state):
    payment = Payment(ORDER, status=end)
    with pytest.raises(
        IllegalTransitionError, match=f"the payment is {end} and cannot become {state}"
    ):
        payment.become(state)
    assert payment.status is end


@given(st.lists(st.sampled_from(PaymentStatus), max_size=20))
def test_a_payment_only_ever_takes_the_ways_that_are_drawn(wishes):
    payment = Payment(ORDER)
    for wish in wishes:
        before = payment.status
        if wish in LIFECYCLE.transitions[before]:
            payment.become(wish)
            assert payment.status is wish
        else:
            with pytest.raises(IllegalTransitionError):
                payment.become(wish)
            assert payment.status is before


def test_from_everywhere_there_is_a_way_to_an_end():
    ends = set(LIFECYCLE.final_states)
    for _ in PaymentStatus:
        ends |= {state for state, after in LIFECYCLE.transitions.items() if after & ends}
    assert ends == set(PaymentStatus)
