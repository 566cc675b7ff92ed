"""The watchdog: a worker that should hear and does not is ended, and its supervisor starts it anew.

A consumer can go deaf: it holds its partitions and sends its heartbeats, so the broker is content,
but nothing arrives any more. Nobody else notices, for who would hear of it? So this asks the broker
over connections of its own how much there is, and compares with what was heard and handled here and
with how far the others of the group have come. What is handled and cannot be acknowledged, because
too few brokers are left to keep that, is no deafness: ending the worker would only delay what
follows when they are back.
"""

import asyncio
from collections.abc import Callable, Mapping

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from messaging.app import Agent
from messaging.standing import asking, partitions_of, reached_by

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 5.0
LOOKS = 6
"""So many looks in a row without progress are enough: half a minute. Looks are counted and not
seconds, so that a process that was frozen gets its chance when it goes on."""


class DeafError(RuntimeError):
    """Events wait, and this worker finishes none."""


class Watchdog:
    """Watches one worker's progress against what waits for it.

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

    async def run(self) -> None:
        """Look until cancelled.

        Raises:
            DeafError: nothing was finished for too long although events wait.
        """
        while True:
            try:
                await self._look_on()
            except (KafkaError, OSError, TimeoutError) as error:
                log.debug("the watchdog cannot see the broker", error=repr(error))
                self._looks = 0
            await asyncio.sleep(LOOK_EVERY_S)

    async def _look_on(self) -> None:
        """Look for as long as the broker answers."""
        async with asking(self._bootstrap) as (admin, consumer):
            while True:
                watched = self._agent.held() or await partitions_of(admin, self._agent.topics)
                reached = await reached_by(admin, self._group)
                ends = await consumer.end_offsets(watched)
                waiting = self.waiting(ends, reached)
                self.judge(waiting, {place: reached.get(place) for place in watched})
                await asyncio.sleep(LOOK_EVERY_S)

    def waiting(
        self, ends: Mapping[TopicPartition, int], reached: Mapping[TopicPartition, int]
    ) -> int:
        """How many events wait: there and not heard by the group, or heard here and not finished."""
        heard = self._agent.heard
        unheard = sum(
            max(0, end - max(reached.get(place, 0), heard.get(place, 0)))
            for place, end in ends.items()
        )
        return unheard + self._agent.buffer.taken_in - self._finished()

    def judge(self, waiting: int, reached: object) -> None:
        """Take note of one look: how many events wait, and how far the group has come.

        Raises:
            DeafError: it is one look too many.
        """
        seen = (self._finished(), reached)
        if waiting == 0 or seen != self._seen or self._excuse():
            self._looks = 0
        self._seen = seen
        self._looks += 1
        if self._looks > LOOKS:
            waited_s = LOOKS * LOOK_EVERY_S
            raise DeafError(f"{waiting} events wait, and none was finished for {waited_s:.0f} s")
