"""Who follows the topics for a service: the members of its consumer group, and what each holds."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment

STABLE = "Stable"


@dataclass(frozen=True, slots=True)
class Member:
    """One worker in a group, by the name that it gives itself: `payment-2`."""

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
    return Member(name, ConsumerProtocolMemberAssignment.decode(assignment).partitions())
