"""Faust's table, made fit to be written when a batch is done and not at each event.

Faust takes the changelog's partition from the event that is being iterated over, and lets offsets
be committed before the changelog has been acknowledged: it waits a tenth of a second at most.
"""

import asyncio
from typing import Any

import faust


class PartitionedTable(faust.Table[Any, Any]):
    """A table whose keys name their partition first, and that tells when it has been written."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._unwritten: list[asyncio.Future[Any]] = []

    def partition_for_key(self, key: Any) -> int:
        """Return the partition that a key names. A key of a window is `(key, (start, end))`."""
        partition: int = key[0]
        return partition

    def send_changelog(self, *arguments: Any, **options: Any) -> Any:
        """Send a change to the changelog, and remember that it is on its way."""
        sent = super().send_changelog(*arguments, **options)
        self._unwritten.append(sent)
        return sent

    async def written(self) -> None:
        """Return once the broker has every change that was made so far.

        Raises:
            KafkaError: it has refused one.
        """
        await asyncio.gather(*self._unwritten)
        self._unwritten = [sent for sent in self._unwritten if not sent.done()]
