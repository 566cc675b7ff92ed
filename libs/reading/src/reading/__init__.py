"""How topics are read, by services and tools alike: past what the client library cannot read."""

from reading.retention import kept_for
from reading.unreadable import Consumer, hand_on_unreadable

__all__ = ["Consumer", "hand_on_unreadable", "kept_for"]
