"""The map of topics: who writes and follows each, and how long it keeps what it holds."""

import inspect

from events import CHANGELOGS, EVENT_TOPICS, TOPICS, Event, Topic
from events.topics import DAY_MS, MINUTE_MS

from orderstream.maps.markdown import code, page, table
from orderstream.maps.registries import events_of

ABOUT = """Each topic is written by one service, except for what every worker says about its dead letters. Who *follows* a topic acts on it, as one consumer group with the
service's name; who *reads* it keeps a picture of its own, each instance from all partitions."""
COLUMNS = ("topic", "written by", "events", "followed by", "read by", "key", "partitions", "keeps")
STATE = (
    """What a service writes to recover its own state from after a restart. Nobody else reads it."""
)
DEAD = """What a service cannot handle goes here untouched, with the reason in its headers. One for each topic and
each service that follows it."""
PLAIN_COLUMNS = ("topic", "written by", "partitions", "keeps")


def draw() -> str:
    """The page."""
    dead = [topic for topic in TOPICS if topic not in (*EVENT_TOPICS, *CHANGELOGS)]
    return page(
        "Topics",
        ABOUT,
        table(COLUMNS, (_row(topic) for topic in EVENT_TOPICS)),
        "## Changelogs",
        STATE,
        table(PLAIN_COLUMNS, (_plain_row(topic) for topic in CHANGELOGS)),
        "## Dead letters",
        DEAD,
        table(PLAIN_COLUMNS, (_plain_row(topic) for topic in dead)),
    )


def _row(topic: Topic) -> tuple[str, ...]:
    carried = events_of(topic.name)
    return (
        f"`{topic.name}`",
        topic.written_by,
        code(event.__name__ for event in carried),
        ", ".join(topic.followed_by),
        ", ".join(topic.read_by),
        ", ".join(dict.fromkeys(_key(event) for event in carried)),
        _partitions(topic),
        _keeps(topic),
    )


def _plain_row(topic: Topic) -> tuple[str, str, str, str]:
    return f"`{topic.name}`", topic.written_by, _partitions(topic), _keeps(topic)


def _key(event: type[Event]) -> str:
    """What the event's `key` says of itself: the order, the product."""
    return (inspect.getdoc(event.key) or "").rstrip(".").lower()


def _partitions(topic: Topic) -> str:
    return "as installed" if topic.partitions is None else str(topic.partitions)


def _keeps(topic: Topic) -> str:
    if topic.compacted:
        return "the latest of each key"
    if topic.retention_ms is None:
        return "as installed"
    if topic.retention_ms < DAY_MS:
        return f"{topic.retention_ms // MINUTE_MS} minutes"
    return f"{topic.retention_ms // DAY_MS} days"
