"""Who follows which order: what is heard once per gateway goes to everybody whom it concerns."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from events import Envelope, OrderStatusChanged

from gateway.live.changes import Change, heard
from gateway.live.ending import GOING_AWAY, TOO_SLOW, Ending
from gateway.problems.problem import ProblemError

MAX_UNREAD = 100


class Subscription:
    """The changes of one order that one reader has not taken yet: so many at most, then it ends.

    They are taken by their sequence, so one heard twice or too early does no harm.
    """

    def __init__(self, order_id: str, after: int) -> None:
        self.order_id = order_id
        self.after = after
        self.must_look_back = True
        self.ending: Ending | None = None
        self._taken = after
        self._unread: dict[int, Change] = {}
        self._news = asyncio.Event()

    @property
    def has_gap(self) -> bool:
        """Whether a change is there but not the one before it."""
        return bool(self._unread) and self._taken + 1 not in self._unread

    def has_taken(self, sequence: int) -> bool:
        """Whether the reader has this change."""
        return sequence <= self._taken

    def add(self, change: Change) -> None:
        """Keep a change for the reader; one too many ends it."""
        if self.ending is None and not self.has_taken(change.sequence):
            self._unread[change.sequence] = change
            self._news.set()
            if len(self._unread) > MAX_UNREAD:
                self.end(TOO_SLOW)

    def fill_in(self, changes: Sequence[Change]) -> None:
        """Keep those changes of an order's history that the reader has not taken."""
        for change in changes:
            if not self.has_taken(change.sequence):
                self._unread[change.sequence] = change

    def take(self) -> Change | None:
        """The next change, if it is there."""
        change = self._unread.pop(self._taken + 1, None)
        if change is not None:
            self._taken = change.sequence
        return change

    def look_back(self) -> None:
        """Have the reader look at the order's history, for something may have been missed."""
        self.must_look_back = True
        self._news.set()

    def end(self, ending: Ending) -> None:
        """Tell the reader nothing more but this."""
        self.ending = self.ending or ending
        self._unread.clear()
        self._news.set()

    async def wait(self) -> None:
        """Wait until something has changed."""
        await self._news.wait()
        self._news.clear()


class Subscriptions:
    """All subscriptions of one gateway, `limit` at most."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._count = 0
        self._following: dict[str, set[Subscription]] = defaultdict(set)

    def __len__(self) -> int:
        """How many there are."""
        return self._count

    def open(self, order_id: str, after: int) -> Subscription:
        """Hear of an order from now on; what comes up to `after` its reader has.

        Raises:
            ProblemError: there are too many.
        """
        if self._count >= self._limit:
            raise ProblemError("too_many_streams", "This gateway has as many streams as it may.")
        subscription = Subscription(order_id, after)
        self._following[order_id].add(subscription)
        self._count += 1
        return subscription

    def close(self, subscription: Subscription) -> None:
        """Its reader has gone."""
        following = self._following.get(subscription.order_id, set())
        if subscription in following:
            following.remove(subscription)
            self._count -= 1
        if not following:
            self._following.pop(subscription.order_id, None)

    def hear(self, envelope: Envelope) -> None:
        """Pass a change on to those who follow its order."""
        event = envelope.event
        if isinstance(event, OrderStatusChanged) and event.order_id in self._following:
            change = heard(event, envelope.sequence)
            for subscription in self._following[event.order_id]:
                subscription.add(change)

    def look_back(self) -> None:
        """Have everybody look at the history: until now nothing was heard."""
        for following in self._following.values():
            for subscription in following:
                subscription.look_back()

    def release(self) -> None:
        """End all and let nobody in any more: the process is about to stop."""
        self._limit = 0
        for following in self._following.values():
            for subscription in following:
                subscription.end(GOING_AWAY)
