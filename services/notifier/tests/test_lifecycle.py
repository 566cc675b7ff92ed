"""The states of a notification, and the only ways between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messaging import IllegalTransitionError
from notifier.lifecycle import LIFECYCLE, Notification, NotificationStatus

ORDER = "ord_" + "1" * 32


def test_the_ends_are_these():
    assert LIFECYCLE.final_states == {NotificationStatus.SENT}


@pytest.mark.parametrize("end", sorted(LIFECYCLE.final_states))
@pytest.mark.parametrize("state", NotificationStatus)
def test_nothing_follows_an_end(end, state):
    notification = Notification(ORDER, status=end)
    with pytest.raises(
        IllegalTransitionError, match=f"the notification is {end} and cannot become {state}"
    ):
        notification.become(state)
    assert notification.status is end


@given(st.lists(st.sampled_from(NotificationStatus), max_size=20))
def test_a_notification_only_ever_takes_the_ways_that_are_drawn(wishes):
    notification = Notification(ORDER)
    for wish in wishes:
        before = notification.status
        if wish in LIFECYCLE.transitions[before]:
            notification.become(wish)
            assert notification.status is wish
        else:
            with pytest.raises(IllegalTransitionError):
                notification.become(wish)
            assert notification.status is before


def test_from_everywhere_there_is_a_way_to_an_end():
    ends = set(LIFECYCLE.final_states)
    for _ in NotificationStatus:
        ends |= {state for state, after in LIFECYCLE.transitions.items() if after & ends}
    assert ends == set(NotificationStatus)
