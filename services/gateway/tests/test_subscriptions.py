import pytest
from gateway.live.changes import Change
from gateway.live.ending import DONE, GOING_AWAY, TOO_SLOW
from gateway.live.messages import Message
from gateway.live.order_stream import OrderStream
from gateway.live.subscriptions import MAX_UNREAD, Subscription, Subscriptions
from gateway.problems.problem import ProblemError


def change(sequence: int) -> Change:
    return Change(sequence, is_final=False, message=Message("n", "{}", sequence))


def taken(subscription: Subscription) -> list[int]:
    found = []
    while (one := subscription.take()) is not None:
        found.append(one.sequence)
    return found


def test_each_change_is_taken_once_in_order_whatever_way_it_came() -> None:
    subscription = Subscription("o", 1)
    for sequence in (3, 1, 3, 4):
        subscription.add(change(sequence))
    assert subscription.has_gap
    assert taken(subscription) == []
    subscription.fill_in([change(1), change(2), change(3)])
    assert taken(subscription) == [2, 3, 4]
    subscription.add(change(4))
    assert not subscription.has_gap
    assert taken(subscription) == []


def test_who_takes_nothing_is_ended_and_nothing_is_kept_for_them() -> None:
    subscription = Subscription("o", 0)
    for sequence in range(1, MAX_UNREAD + 1):
        subscription.add(change(sequence))
    assert subscription.ending is None
    subscription.add(change(MAX_UNREAD + 1))
    assert subscription.ending == TOO_SLOW
    subscription.add(change(MAX_UNREAD + 2))
    assert taken(subscription) == []


def test_only_so_many_may_subscribe_and_nobody_once_the_process_stops() -> None:
    subscriptions = Subscriptions(1)
    first = subscriptions.open("o", 0)
    with pytest.raises(ProblemError, match="as many streams"):
        subscriptions.open("p", 0)
    subscriptions.close(first)
    subscriptions.close(first)
    second = subscriptions.open("p", 0)
    subscriptions.release()
    assert second.ending == GOING_AWAY
    subscriptions.close(second)
    with pytest.raises(ProblemError):
        subscriptions.open("o", 0)
    assert not subscriptions._following


async def test_a_reader_that_comes_after_the_end_of_an_order_is_not_kept() -> None:
    step = {
        "sequence": 1,
        "status": "cancelled",
        "reason": "overdue",
        "changed_at": "2026-01-01T00:00:00Z",
    }

    async def read() -> dict[str, object]:
        return {"id": "o", "history": [step]}

    stream = OrderStream(Subscriptions(1), "o", 1, read)
    await stream.look_back()
    assert stream.has_ended
    assert stream._subscription.ending == DONE
