"""How the load spreads over the partitions of each topic, and over those who hear them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

HOTTEST = 3
Keys = Counter[bytes | None]


@dataclass(frozen=True, slots=True)
class Hearing:
    """Who hears one partition for a group, and how many records it has not acknowledged yet.

    `instance` is None while nobody does.
    """

    group: str
    instance: str | None
    lag: int


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition: how often each key is in it, and who hears it."""

    number: int
    keys: Keys
    heard: Sequence[Hearing]

    @property
    def records(self) -> int:
        """How many records it holds."""
        return self.keys.total()


@dataclass(frozen=True, slots=True)
class TopicSpread:
    """One topic with its partitions."""

    name: str
    partitions: Sequence[Partition]

    @property
    def records(self) -> int:
        """How many records it holds."""
        return sum(partition.records for partition in self.partitions)

    @property
    def skew(self) -> float:
        """The fullest partition against the mean: 1 is even, the number of partitions is the worst."""
        fullest = max(partition.records for partition in self.partitions)
        return fullest * len(self.partitions) / self.records

    @property
    def hottest(self) -> list[tuple[str, int]]:
        """The keys with the most records."""
        every: Keys = sum((partition.keys for partition in self.partitions), Counter())
        return [((key or b"-").decode(), count) for key, count in every.most_common(HOTTEST)]
