"""How topics are read, by services and tools alike: past what the client library cannot read."""

from reading.retention import kept_for
from reading.topics import Offsets, open_topics, read_ends, read_to
from reading.unreadable import Consumer, hand_on_unreadable

__all__ = [
    "Consumer",
    "Offsets",
    "hand_on_unreadable",
    "kept_for",
    "open_topics",
    "read_ends",
    "read_to",
]
