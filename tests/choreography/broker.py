"""A broker in plain Python: each partition a log, each service a group with its own way through it."""

from collections import defaultdict
from dataclasses import dataclass, field
from zlib import crc32

from events import Record

PARTITIONS = 2
Place = tuple[str, int]


class Broker:
    """Keeps what is published, per partition, in the order of its coming."""

    def __init__(self) -> None:
        self.logs: dict[Place, list[Record]] = defaultdict(list)

    def append(self, record: Record) -> None:
        """Take a record; those with one key stay in order."""
        self.logs[record.topic, crc32(record.key) % PARTITIONS].append(record)


@dataclass
class Group:
    """How far a service has come: what it was given, and what it will be given again after a crash."""

    broker: Broker
    topics: frozenset[str]
    given: dict[Place, int] = field(default_factory=dict)
    acknowledged: dict[Place, set[int]] = field(default_factory=lambda: defaultdict(set))
    committed: dict[Place, int] = field(default_factory=dict)

    def waiting(self) -> list[Place]:
        """The partitions with something that it was not given yet."""
        return [
            place
            for place, log in sorted(self.broker.logs.items())
            if place[0] in self.topics and self.given.get(place, 0) < len(log)
        ]

    def take(self, place: Place) -> tuple[int, Record]:
        """The next record of a partition, with its offset."""
        offset = self.given.get(place, 0)
        self.given[place] = offset + 1
        return offset, self.broker.logs[place][offset]

    def commit(self) -> None:
        """Tell the broker how far everything was acknowledged."""
        for place, offsets in self.acknowledged.items():
            reached = self.committed.get(place, 0)
            while reached in offsets:
                reached += 1
            self.committed[place] = reached

    def begin_again(self) -> None:
        """What happens to whoever died: the broker knows only what was committed."""
        self.given = dict(self.committed)
        self.acknowledged.clear()
