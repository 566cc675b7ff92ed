"""Sound books, and ways to put them wrong: for tests of the auditor."""

from orderstream.audit.testing.breaking import change, found, without
from orderstream.audit.testing.sound import sound_books
from orderstream.audit.testing.stories import BOUGHT, DECLINED, NOW, PLACED, STOPPED, TOTAL

__all__ = [
    "BOUGHT",
    "DECLINED",
    "NOW",
    "PLACED",
    "STOPPED",
    "TOTAL",
    "change",
    "found",
    "sound_books",
    "without",
]
