"""Fan-out: each change of an order is consumed once per gateway and goes to all streams of that order."""

import asyncio
from collections import defaultdict

from events import Envelope, OrderStatusChanged
from events.topics import ORDER_STATUS_CHANGED
from messaging import TopicReader

from gateway.reads.long_poll import LongPoll
from gateway.shares import Shares
from gateway.streams.changes import change_of
from gateway.streams.order_stream import OrderStream, Read
from gateway.streams.protocol import GOING_AWAY


class OrderStreams:
    """All streams of orders in one gateway; customers share its `places`."""

    def __init__(self, places: Shares) -> None:
        self._places = places
        self._open: dict[str, set[OrderStream]] = defaultdict(set)

    def __len__(self) -> int:
        """Return how many are open."""
        return len(self._places)

    def open(self, order_id: str, after: int, read: Read, customer_id: str = "") -> OrderStream:
        """Open a stream of an order's changes; those up to the sequence `after` its reader has.

        Raises:
            ProblemError: there are too many, or too many of this customer's.
        """
        self._places.require_room(customer_id, "streams")
        stream = OrderStream(order_id, after, read, self._close, customer_id)
        self._open[order_id].add(stream)
        self._places.take(customer_id)
        return stream

    def consume(self, envelope: Envelope) -> None:
        """Pass a change on to the streams of its order."""
        event = envelope.event
        if isinstance(event, OrderStatusChanged) and event.order_id in self._open:
            change = change_of(event, envelope.sequence)
            for stream in self._open[event.order_id]:
                stream.add(change)

    def require_history(self) -> None:
        """Have every stream read its history again: until now nothing was consumed."""
        for streams in self._open.values():
            for stream in streams:
                stream.require_history()

    def release(self) -> None:
        """End all streams and open no more: the process is about to stop."""
        self._places.close()
        for streams in self._open.values():
            for stream in streams:
                stream.end(GOING_AWAY)

    def _close(self, stream: OrderStream) -> None:
        streams = self._open.get(stream.order_id, set())
        if stream in streams:
            streams.remove(stream)
            self._places.give_back(stream.customer_id)
        if not streams:
            self._open.pop(stream.order_id, None)


async def consume_status_changes(
    bootstrap: str, long_poll: LongPoll, streams: OrderStreams
) -> None:
    """Consume what becomes of orders from now on, until cancelled.

    Every gateway reads all partitions by itself, in no group: a stream here needs every change of its
    order here. What was emitted before the reading began stands in the orders' histories, so streams
    that were opened earlier read theirs once more.
    """

    def consume(envelope: Envelope) -> None:
        long_poll.consume(envelope)
        streams.consume(envelope)

    reader = TopicReader(bootstrap, ORDER_STATUS_CHANGED, consume, from_beginning=False)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(reader.run())
        await reader.caught_up.wait()
        streams.require_history()
