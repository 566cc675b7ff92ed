"""What is on its way to a service, and what of it may arrive next."""

from collections.abc import Iterator
from operator import attrgetter

from choreography.deciding import Emitted


class InTopicOrder(tuple[tuple[str, tuple[Emitted, ...]], ...]):
    """As the broker delivers: one topic's events in order, topics in any order."""

    __slots__ = ()
    words = "in the order of their topic"

    def put(self, emitted: Emitted) -> "InTopicOrder":
        """Behind the others of its topic."""
        queues = dict(self)
        topic = emitted.event.topic.name
        queues[topic] = (*queues.get(topic, ()), emitted)
        return InTopicOrder(sorted(queues.items()))

    def takes(self) -> Iterator[tuple[Emitted, "InTopicOrder"]]:
        """The first of every topic."""
        for topic, queue in self:
            queues = dict(self)
            if len(queue) > 1:
                queues[topic] = queue[1:]
            else:
                del queues[topic]
            yield queue[0], InTopicOrder(sorted(queues.items()))


class InAnyOrder(tuple[Emitted, ...]):
    """Worse than any broker: whatever is on its way may arrive next."""

    __slots__ = ()
    words = "in any order"

    def put(self, emitted: Emitted) -> "InAnyOrder":
        """Among the others."""
        return InAnyOrder(sorted((*self, emitted), key=attrgetter("place")))

    def takes(self) -> Iterator[tuple[Emitted, "InAnyOrder"]]:
        """Each one; two that are alike count once."""
        for index, event in enumerate(self):
            if index == 0 or self[index - 1] != event:
                yield event, InAnyOrder(self[:index] + self[index + 1 :])


Mailbox = InTopicOrder | InAnyOrder
"""Events on their way to one listener; a value, so that states can be compared."""
