"""The consumer group of each service, as the broker sees it: the only view of all workers.

A worker that is dead, hangs, is paused or dies at each start has one thing in common, wherever and
however it runs: its service's records wait, and are not acknowledged.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import structlog
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from events.topics import EVENT_TOPICS
from messaging import committed_offsets, offset_clients, partitions_of
from reading import Consumer

log = structlog.get_logger(__name__)
LOOK_EVERY_S = 5.0
LOOKS = 4
"""Consecutive looks that must find it: a group that rebalances stands still for some seconds."""
FOLLOWED: Mapping[str, frozenset[str]] = {
    service: frozenset(topic.name for topic in EVENT_TOPICS if service in topic.followed_by)
    for service in sorted({one for topic in EVENT_TOPICS for one in topic.followed_by})
}
"""The topics that each service acts on."""
Offsets = Mapping[TopicPartition, int]


@dataclass(slots=True)
class GroupProgress:
    """Progress of a service at the last look, and for how many looks it has stood so."""

    members: int = 0
    waiting: int = 0
    reached: Offsets | None = None
    alone: int = 0
    still: int = 0

    def note(self, members: int, waiting: int, reached: Offsets) -> None:
        """Take over one look."""
        self.alone = self.alone + 1 if members == 0 else 0
        moves = waiting == 0 or reached != self.reached
        self.still = 0 if moves else self.still + 1
        self.members, self.waiting, self.reached = members, waiting, reached

    @property
    def wrong(self) -> str | None:
        """What is wrong with who follows, if anything is."""
        waits = f"{self.waiting} records wait"
        if self.alone >= LOOKS:
            return f"no worker follows its topics, {waits}"
        if self.still >= LOOKS:
            return f"{waits}, and none was acknowledged for {self.still * LOOK_EVERY_S:.0f} s"
        return None


class ConsumerGroups:
    """Watch over the group of every service; a handful of requests each time."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._progress = {service: GroupProgress() for service in FOLLOWED}

    def absent(self) -> dict[str, str]:
        """Return which workers do not run or make no progress, with the evidence."""
        found = {f"{service}-worker": one.wrong for service, one in self._progress.items()}
        return {name: wrong for name, wrong in found.items() if wrong is not None}

    async def run(self) -> None:
        """Look until cancelled. While the broker does not answer, nothing is known of anybody."""
        while True:
            try:
                await self._look_on()
            except (KafkaError, OSError, TimeoutError, ValueError) as error:
                log.debug("consumer_groups_unavailable", error=repr(error))
            self._progress = {service: GroupProgress() for service in FOLLOWED}
            await asyncio.sleep(LOOK_EVERY_S)

    async def _look_on(self) -> None:
        async with offset_clients(self._bootstrap) as (admin, consumer):
            while True:
                await self._look(admin, consumer)
                await asyncio.sleep(LOOK_EVERY_S)

    async def _look(self, admin: AIOKafkaAdminClient, consumer: Consumer) -> None:
        members = await _members(admin)
        places = await partitions_of(admin, frozenset().union(*FOLLOWED.values()))
        # What is acknowledged is read first: what comes meanwhile waits until the next look.
        reached = {service: await committed_offsets(admin, service) for service in FOLLOWED}
        first, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
        for service, progress in self._progress.items():
            waiting = _waiting(FOLLOWED[service], reached[service], first, ends)
            progress.note(members.get(service, 0), waiting, reached[service])


def _waiting(topics: Iterable[str], reached: Offsets, first: Offsets, ends: Offsets) -> int:
    return sum(
        max(0, end - max(reached.get(place, 0), first[place]))
        for place, end in ends.items()
        if place.topic in topics
    )


async def _members(admin: AIOKafkaAdminClient) -> dict[str, int]:
    """Return how many members the group of each service has.

    One question for each: of several groups in one answer aiokafka cannot read the second.
    """
    responses = [
        response for one in FOLLOWED for response in await admin.describe_consumer_groups([one])
    ]
    return {
        name: len(members)
        for response in responses
        for _, name, _, _, _, members, *_ in response.groups
    }
