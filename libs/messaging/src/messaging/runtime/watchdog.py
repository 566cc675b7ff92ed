"""The watchdog: exits a worker that holds partitions and consumes nothing, so that it is restarted.

A consumer can stall: it holds its partitions and sends its heartbeats, so the broker is content,
but nothing arrives any more. Nothing else notices. So this asks the broker
over connections of its own how much there is, and compares with what was consumed and handled here and
with how far the others of the group have come. What is handled and cannot be acknowledged, because
too few brokers are left to keep that, is no stall: ending the worker would only delay what
follows when they are back. So does one that gets no place in its group, though the broker answers.
"""

import asyncio
from collections.abc import Callable, Mapping

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from messaging.inbound.consumer import Agent
from messaging.runtime.group_offsets import committed_offsets, offset_clients, partitions_of

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 5.0
LOOKS = 6
"""Consecutive checks without progress before the worker exits (30 s). Checks are counted and not
seconds, so that a process that was frozen gets its chance when it goes on."""
LOOKS_TO_JOIN = 12
"""Consecutive checks without a place in the group before the worker exits (60 s): joining takes a while
on a busy machine, and a new process begins again."""


class StalledConsumerError(RuntimeError):
    """Events wait, and this worker finishes none; or it does not get into its group."""


class Watchdog:
    """Watch over one worker's progress against what waits for it.

    One that holds no partitions watches the whole group, as a standby that sees the others get on.
    `finished` counts the deliveries that it is done with, `excuse` names what it waits for, if that
    is somebody else's fault.
    """

    def __init__(
        self,
        bootstrap: str,
        agent: Agent,
        *,
        finished: Callable[[], int],
        excuse: Callable[[], str | None],
    ) -> None:
        self._bootstrap = bootstrap
        self._agent = agent
        self._group = agent.handlers.service
        self._finished = finished
        self._excuse = excuse
        self._seen: tuple[object, ...] = ()
        self._looks = 0
        self._outside = 0

    async def run(self) -> None:
        """Look until cancelled.

        Raises:
            StalledConsumerError: nothing was finished for too long although events wait, or no group was joined.
        """
        while True:
            try:
                await self._look_on()
            except (KafkaError, OSError, TimeoutError) as error:
                log.debug("watchdog_without_broker", error=repr(error))
                self._looks = self._outside = 0
            await asyncio.sleep(LOOK_EVERY_S)

    async def _look_on(self) -> None:
        """Look for as long as the broker answers."""
        async with offset_clients(self._bootstrap) as (admin, consumer):
            while True:
                watched = self._agent.assigned() or await partitions_of(admin, self._agent.topics)
                reached = await committed_offsets(admin, self._group)
                ends = await consumer.end_offsets(watched)
                waiting = self.waiting(ends, reached)
                self.judge(waiting, {place: reached.get(place) for place in watched})
                self.judge_membership(await self._agent.is_member())
                await asyncio.sleep(LOOK_EVERY_S)

    def waiting(
        self, ends: Mapping[TopicPartition, int], reached: Mapping[TopicPartition, int]
    ) -> int:
        """Return how many events wait: not consumed by the group, or consumed here and not finished."""
        positions = self._agent.positions
        unhandled = sum(
            max(0, end - max(reached.get(place, 0), positions.get(place, 0)))
            for place, end in ends.items()
        )
        return unhandled + self._agent.buffer.taken_in - self._finished()

    def judge(self, waiting: int, reached: object) -> None:
        """Take note of one look: how many events wait, and how far the group has come.

        Raises:
            StalledConsumerError: it is one look too many.
        """
        seen = (self._finished(), reached)
        if waiting == 0 or seen != self._seen or self._excuse():
            self._looks = 0
        self._seen = seen
        self._looks += 1
        if self._looks > LOOKS:
            waited_s = LOOKS * LOOK_EVERY_S
            raise StalledConsumerError(
                f"{waiting} events wait, and none was finished for {waited_s:.0f} s"
            )

    def judge_membership(self, lacks: str | None) -> None:
        """Take note of what keeps the worker out of its group; None if nothing does.

        Raises:
            StalledConsumerError: it is one look too many.
        """
        self._outside = self._outside + 1 if lacks else 0
        if self._outside > LOOKS_TO_JOIN:
            waited_s = LOOKS_TO_JOIN * LOOK_EVERY_S
            raise StalledConsumerError(f"{lacks}, for {waited_s:.0f} s, though the broker answers")
