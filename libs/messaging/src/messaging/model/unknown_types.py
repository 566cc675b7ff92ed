"""Events of unknown types: skipped, but counted and logged."""

from collections import Counter

import structlog

log = structlog.get_logger(__name__)

TOLD_APART, SHOWN_LENGTH = 20, 80
OTHERS = "others"
"""What those are counted as that come after twenty different ones: strangers may write anything."""


class UnknownTypes:
    """Counters of events of unknown types; each type is logged once.

    There is no harm in them: a newer release of some service says more than this one knows of.
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def note(self, type_name: str) -> None:
        """Count one of this type."""
        name = "".join(letter if letter.isprintable() else "?" for letter in type_name)
        name = name[:SHOWN_LENGTH]
        if name not in self._counts:
            if len(self._counts) >= TOLD_APART:
                name = OTHERS
            else:
                log.warning("unknown_event_type", type=name)
        self._counts[name] += 1

    def summary(self) -> str | None:
        """Return how many of which type since the start; None if there was none."""
        counts = self._counts.most_common()
        return ", ".join(f"{count} of type {name}" for name, count in counts) or None
