"""Who follows the topics for a service: the members of its consumer group, and what each holds."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from events import CHANGELOGS

STABLE = "Stable"
OWN_STATE = frozenset(topic.name for topic in CHANGELOGS)


@dataclass(frozen=True, slots=True)
class Member:
    """One worker in a group, by the name that it gives itself: `payment-2`.

    A changelog's partition comes with the one that it is about; that is nothing more to hear.
    """

    name: str
    holds: Sequence[TopicPartition]


@dataclass(frozen=True, slots=True)
class Group:
    """A consumer group; while its members come and go it is not stable, and nobody holds anything."""

    state: str
    members: Sequence[Member]

    def is_settled(self, count: int) -> bool:
        """Whether exactly so many members share the partitions."""
        return self.state == STABLE and len(self.members) == count


async def read_group(admin: AIOKafkaAdminClient, name: str) -> Group:
    """The group of a service as its coordinator sees it now.

    Raises:
        KafkaError: the broker does not answer, or is not the coordinator any more.
    """
    (response,) = await admin.describe_consumer_groups([name])
    ((_, _, state, _, _, members, *_),) = response.groups
    return Group(state, sorted((_member(*one) for one in members), key=lambda one: one.name))


def _member(
    _id: str, name: str, _host: str, _metadata: bytes, assignment: bytes, *_: object
) -> Member:
    if not assignment:
        return Member(name, ())
    places = ConsumerProtocolMemberAssignment.decode(assignment).partitions()
    return Member(name, [place for place in places if place.topic not in OWN_STATE])
