"""Who follows the topics for each service, as the broker knows it: nobody else sees all workers.

A worker that is dead, hangs, is paused or dies at each start has one thing in common, wherever and
however it runs: what its service should hear lies there, and is not acknowledged.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import structlog
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from events.topics import EVENT_TOPICS
from messaging.standing import asking, partitions_of, reached_by
from reading import Consumer

log = structlog.get_logger(__name__)
LOOK_EVERY_S = 5.0
LOOKS = 4
"""So many looks in a row must find it: a group that changes hands stands still for some seconds."""
FOLLOWED: Mapping[str, frozenset[str]] = {
    service: frozenset(topic.name for topic in EVENT_TOPICS if service in topic.followed_by)
    for service in sorted({one for topic in EVENT_TOPICS for one in topic.followed_by})
}
"""The topics that each service acts on."""
Offsets = Mapping[TopicPartition, int]


@dataclass(slots=True)
class Standing:
    """How far a service had come at the last look, and for how many looks it has stood so."""

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
            return f"nobody follows its topics, {waits}"
        if self.still >= LOOKS:
            return f"{waits}, and none was acknowledged for {self.still * LOOK_EVERY_S:.0f} s"
        return None


class Followers:
    """Looks at the group of every service again and again; a handful of requests each time."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._standings = {service: Standing() for service in FOLLOWED}

    def absent(self) -> dict[str, str]:
        """Which workers do not run or do not get on, with what is to be seen of it."""
        found = {f"{service}-worker": one.wrong for service, one in self._standings.items()}
        return {name: wrong for name, wrong in found.items() if wrong is not None}

    async def run(self) -> None:
        """Look until cancelled. While the broker does not answer, nothing is known of anybody."""
        while True:
            try:
                await self._look_on()
            except (KafkaError, OSError, TimeoutError, ValueError) as error:
                log.debug("the followers cannot be seen", error=repr(error))
            self._standings = {service: Standing() for service in FOLLOWED}
            await asyncio.sleep(LOOK_EVERY_S)

    async def _look_on(self) -> None:
        async with asking(self._bootstrap) as (admin, consumer):
            while True:
                await self._look(admin, consumer)
                await asyncio.sleep(LOOK_EVERY_S)

    async def _look(self, admin: AIOKafkaAdminClient, consumer: Consumer) -> None:
        members = await _members(admin)
        places = await partitions_of(admin, frozenset().union(*FOLLOWED.values()))
        # What is acknowledged is read first: what comes meanwhile waits until the next look.
        reached = {service: await reached_by(admin, service) for service in FOLLOWED}
        first, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
        for service, standing in self._standings.items():
            waiting = _waiting(FOLLOWED[service], reached[service], first, ends)
            standing.note(members.get(service, 0), waiting, reached[service])


def _waiting(topics: Iterable[str], reached: Offsets, first: Offsets, ends: Offsets) -> int:
    return sum(
        max(0, end - max(reached.get(place, 0), first[place]))
        for place, end in ends.items()
        if place.topic in topics
    )


async def _members(admin: AIOKafkaAdminClient) -> dict[str, int]:
    """How many members the group of each service has.

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
