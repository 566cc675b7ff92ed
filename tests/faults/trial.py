"""One trial: orders are placed all the time, something happens, and all of them end."""

import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
from e2e.shop import ENDED, Shop
from faults.load import Load, load_on
from faults.row import Row
from testkit.waiting import until

AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass(slots=True)
class Trial:
    """What is known of a trial while it goes on; `over_at` is when the fault was over.

    What is `found` beside the usual figures stands behind the fault in the table.
    """

    shop: Shop
    load: Load
    in_flight: int = 0
    over_at: float | None = None
    accepted_before: Collection[str] = ()
    found: str = ""

    @asynccontextmanager
    async def fault(self, *, has_struck: bool = False) -> AsyncIterator[None]:
        """Surround what happens: it begins when orders are on their way, and is over at the end.

        With `has_struck` it has begun already.
        """
        if has_struck:
            self.in_flight = await self._count_open(self.load.accepted)
        else:
            await self._under_way()
        yield
        self.over_at = time.monotonic()
        self.accepted_before = tuple(self.load.accepted)

    async def seconds_to_normal(self) -> float | None:
        """Wait until nothing that was accepted before is open; gives how long after the fault."""
        assert self.over_at is not None, "nothing has happened"

        async def none_is_open() -> bool:
            return not await self._count_open(self.accepted_before)

        try:
            await until("every order has ended", none_is_open)
        except AssertionError:
            return None
        return time.monotonic() - self.over_at

    async def _under_way(self) -> None:
        enough = self.load.at_least // 3
        await until(f"{enough} orders were accepted", lambda: len(self.load.accepted) >= enough)
        self.in_flight = await until(
            "orders are on their way", lambda: self._count_open(self.load.accepted)
        )

    async def _count_open(self, accepted: Collection[str]) -> int:
        """How many of these have not ended; while this cannot be read, all of them."""
        order_ids = list(accepted)
        try:
            return len(order_ids) - int(await self.shop.books.ask("orders", ENDED, order_ids))
        except AWAY:
            return len(order_ids)


@asynccontextmanager
async def trial(
    shop: Shop,
    fault: str,
    *,
    table: Callable[[Row], None],
    at_least: int = 30,
    per_second: float = 12,
) -> AsyncIterator[Trial]:
    """A trial of a fault, with its row in the table.

    Orders are placed as long as the fault lasts, at least so many. Those without an answer are sent
    again with the same key, and all must end. That every book agrees, the audit says after all trials.
    """
    async with load_on(shop, per_second, at_least) as (load, placing):
        running = Trial(shop, load)
        yield running
        load.enough = True
        seconds = await running.seconds_to_normal()
        await placing
        await load.ask_again()
    table(
        Row(
            fault=fault + running.found,
            orders=load.sent,
            in_flight_at_the_fault=running.in_flight,
            unknown_answers=len(load.unanswered),
            seconds_to_normal=seconds,
        )
    )
    assert seconds is not None, "orders that were accepted before the fault was over have not ended"
    assert len(set(load.accepted)) == load.sent
    await shop.all_ended(load.accepted)
