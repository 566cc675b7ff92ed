"""The windows that are kept, partition by partition, in a Faust table.

Faust's own expiry is not used: it goes by the clock, so it would forget the windows that a worker
is just catching up with; it knows nothing of windows that were recovered; and it deletes nothing
from the changelog.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from analytics.window import Window

KEEP_S = 120.0
"""A window is forgotten once its partition has come so far past it; what comes later is late."""


class Place(NamedTuple):
    """Part of a window: a key of the table."""

    partition: int
    window: tuple[float, float]

    @property
    def start(self) -> datetime:
        """When the window begins."""
        return datetime.fromtimestamp(self.window[0], UTC)

    def is_past(self, newest: Mapping[int, "Place"]) -> bool:
        """Return whether its partition has come so far that it is over for good."""
        last = newest.get(self.partition, self)
        return self.window[0] < last.window[0] - KEEP_S


class Windows:
    """The parts of windows that this instance keeps."""

    def __init__(self, table: Any) -> None:
        self._table = table.table

    @property
    def seconds(self) -> float:
        """How long a window is."""
        return float(self._table.window.size)

    def place(self, partition: int, moment: datetime) -> Place:
        """Return where a fact of this moment counts."""
        return Place(partition, self._table.window.current(moment.timestamp()))

    def newest(self) -> dict[int, Place]:
        """Return the newest window of each partition."""
        found: dict[int, Place] = {}
        for place in self:
            found[place.partition] = max(place, found.get(place.partition, place))
        return found

    def read(self, place: Place) -> Window:
        """Return what is known of a window; a blank one if that is nothing."""
        value = self._table.get(place)
        return Window() if value is None else Window.from_json(value)

    def keep(self, place: Place, window: Window) -> None:
        """Keep what is known of a window from now on; the next revision of it."""
        window.revision += 1
        self._table[place] = window.to_json()

    def forget_past(self) -> None:
        """Delete what is so far in the past of its partition that it will not change any more."""
        newest = self.newest()
        for place in self:
            if place.is_past(newest):
                del self._table[place]

    def leave(self, held: Collection[int]) -> None:
        """Drop the windows of partitions that another instance keeps; the changelog has them."""
        for place in self:
            if place.partition not in held:
                self._table.data.pop(place, None)

    async def written(self) -> None:
        """Return once the changelog has everything."""
        await self._table.written()

    def __iter__(self) -> Iterator[Place]:
        return iter([Place(*key) for key in list(self._table)])
