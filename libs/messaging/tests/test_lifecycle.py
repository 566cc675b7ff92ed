"""Only named changes of state are allowed; every other raises."""

import itertools

import desk
import pytest
from hypothesis import given
from hypothesis import strategies as st
from messaging import IllegalTransitionError


@pytest.mark.parametrize(("old", "new"), [("new", "waiting"), ("waiting", "stamped")])
def test_a_named_change_is_made(old, new):
    assert desk.LIFECYCLE.move(desk.PaperStatus(old), desk.PaperStatus(new)) == new


def test_every_other_change_raises_even_to_the_same_state():
    allowed = {("new", "waiting"), ("waiting", "stamped")}
    for old, new in itertools.product(desk.PaperStatus, repeat=2):
        if (old, new) not in allowed:
            with pytest.raises(IllegalTransitionError) as illegal:
                desk.LIFECYCLE.move(old, new)
            assert str(illegal.value) == f"the paper is {old} and cannot become {new}"
            assert (illegal.value.old, illegal.value.new) == (old, new)


@given(st.lists(st.sampled_from(["new", "waiting", "stamped"])))
def test_whatever_is_tried_a_final_state_is_never_left(wishes):
    status = desk.PaperStatus.NEW
    seen = [status]
    for wish in wishes:
        try:
            status = desk.LIFECYCLE.move(status, desk.PaperStatus(wish))
        except IllegalTransitionError:
            continue
        seen.append(status)
    assert not set(seen[:-1]) & desk.LIFECYCLE.final_states


def test_final_states_are_those_that_nothing_follows():
    assert desk.LIFECYCLE.final_states == {desk.PaperStatus.STAMPED}


def test_a_fact_that_was_applied_before_is_a_repeat_and_nothing_else_is():
    new, waiting, stamped = desk.PaperStatus
    asked = {(waiting, waiting): True, (stamped, waiting): True, (stamped, new): True}
    asked |= {(new, stamped): False, (new, new): True}
    for (old, wanted), is_repeat in asked.items():
        with pytest.raises(IllegalTransitionError) as illegal:
            desk.LIFECYCLE.apply(old, wanted)
        assert illegal.value.is_repeat is is_repeat
    assert desk.LIFECYCLE.apply(new, waiting) is waiting


def test_a_status_that_is_derived_is_never_a_repeat():
    with pytest.raises(IllegalTransitionError) as illegal:
        desk.LIFECYCLE.move(desk.PaperStatus.STAMPED, desk.PaperStatus.WAITING)
    assert not illegal.value.is_repeat
