"""What the order service says, heard once per gateway for everybody in it."""

import asyncio

from events import Envelope
from events.topics import ORDER_STATUS_CHANGED
from messaging.reader import TopicReader

from gateway.live.subscriptions import Subscriptions
from gateway.orders.waiting import Waiters


async def follow_orders(bootstrap: str, waiters: Waiters, subscriptions: Subscriptions) -> None:
    """Hear what becomes of orders from now on, until cancelled.

    Every gateway reads all partitions by itself, in no group: whoever follows an order here must
    hear of it here. What was said before the reading began stands in the orders' histories, so
    whoever came before that looks there once more.
    """

    def hear(envelope: Envelope) -> None:
        waiters.hear(envelope)
        subscriptions.hear(envelope)

    reader = TopicReader(bootstrap, ORDER_STATUS_CHANGED, hear, from_beginning=False)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(reader.run())
        await reader.caught_up.wait()
        subscriptions.look_back()
