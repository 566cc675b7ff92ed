"""How far a worker has come with its partitions, and how long the rest has waited."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from aiokafka import ConsumerRecord, TopicPartition
from servicekit.metrics import Values

from messaging.model.hop import now_ms


@dataclass(slots=True)
class Done:
    """Up to which offset a partition is handled, when the last record was sent, and when none waited."""

    offset: int = 0
    sent_ms: int = 0
    level_ms: int = 0


class Progress:
    """What one member of a group has handled of each of its partitions.

    The ends of the partitions are those that came with the last answers of the broker: no question
    is asked for them.
    """

    def __init__(self) -> None:
        self._done: dict[TopicPartition, Done] = {}

    def acknowledging(
        self, record: ConsumerRecord, acknowledged: Callable[[], object]
    ) -> Callable[[], None]:
        """Give the acknowledgement of a record, which notes that it is handled."""
        place = TopicPartition(record.topic, record.partition)

        def acknowledge() -> None:
            acknowledged()
            done = self._done.setdefault(place, Done())
            done.offset = max(done.offset, record.offset + 1)
            done.sent_ms = record.timestamp

        return acknowledge

    def lag_records(self, consumer: Any, places: Iterable[TopicPartition]) -> Values:
        """Give how many records of each partition are not handled yet, as far as it is known."""
        return {
            (place.topic, str(place.partition)): waiting
            for place in places
            if (waiting := self._waiting(consumer, place)) is not None
        }

    def lag_seconds(self, consumer: Any, places: Iterable[TopicPartition]) -> Values:
        """Give by how much the handling of each partition is behind; 0 where nothing waits.

        That is the age of the last record that was handled, or, where that is long ago, the time
        since a look found nothing that waited.
        """
        found: dict[tuple[str, ...], float] = {}
        at_ms = now_ms()
        for place in places:
            waiting = self._waiting(consumer, place)
            if waiting is None:
                continue
            done = self._done.setdefault(place, Done())
            if not waiting or not (done.sent_ms or done.level_ms):
                done.level_ms = at_ms
            since_ms = max(done.sent_ms, done.level_ms)
            found[place.topic, str(place.partition)] = max(0, at_ms - since_ms) / 1000
        return found

    def _waiting(self, consumer: Any, place: TopicPartition) -> int | None:
        """Count the records that wait; None while the end of the partition is not known."""
        try:
            end: int | None = consumer.highwater(place)
        except AssertionError:
            return None  # the group has just given it to another member
        if end is None:
            return None
        acknowledged: int = consumer._committed_offset.get(place) or 0  # noqa: SLF001  # Faust tells it nowhere
        done = self._done.get(place)
        return max(0, end - max(acknowledged, done.offset if done else 0))
