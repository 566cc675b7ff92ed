"""A worker joins its group as soon as it has started, tables or not."""

from faust.tables.manager import TableManager


class PromptTables(TableManager):
    """Faust's tables, without the second that it lets pass before they are there.

    The group is joined when they are, and by then Faust has waited for every agent as well.
    """

    async def on_start(self) -> None:
        """Register the tables, which lets the worker join, and get ready to recover them."""
        await self._update_channels()
        await self.recovery.start()
