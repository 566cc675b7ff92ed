"""One trial: orders are placed at a steady rate, something happens, and the books are audited."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import asyncpg
from e2e.shop import ENDED, QUIET_S, Shop
from e2e.waiting import until
from faults.load import Load, load_on
from faults.row import Row, row_of

AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass(slots=True)
class Trial:
    """What is known of a trial while it goes on."""

    shop: Shop
    load: Load
    in_flight: int = 0
    back_to_normal: asyncio.Task[float | None] | None = field(default=None)

    @asynccontextmanager
    async def fault(self, *, has_struck: bool = False) -> AsyncIterator[None]:
        """Surround what happens: it begins when orders are on their way, and is over at the end.

        With `has_struck` it has begun already. Once it is over, it is measured how long it takes
        until nothing that was accepted before is still open.
        """
        if has_struck:
            self.in_flight = await self._count_open()
        else:
            await self._under_way()
        yield
        accepted = list(self.load.accepted)
        self.back_to_normal = asyncio.create_task(self._until_ended(accepted, time.monotonic()))

    async def _under_way(self) -> None:
        enough = self.load.at_least // 3
        await until(f"{enough} orders were accepted", lambda: len(self.load.accepted) >= enough)
        self.in_flight = await until("orders are on their way", self._count_open)

    async def _count_open(self) -> int:
        accepted = list(self.load.accepted)
        return len(accepted) - await self._ended(accepted)

    async def _until_ended(self, accepted: list[str], since: float) -> float | None:
        async def have_ended() -> bool:
            with_end = await self._ended(accepted)
            return with_end == len(accepted)

        try:
            await until("every order has ended", have_ended, seconds=QUIET_S)
        except AssertionError:
            return None
        return time.monotonic() - since

    async def _ended(self, order_ids: list[str]) -> int:
        """How many of these have ended; while nobody can say, none."""
        try:
            return int(await self.shop.books.ask("orders", ENDED, order_ids))
        except AWAY:
            return 0


@asynccontextmanager
async def trial(
    shop: Shop, fault: str, *, table: list[Row], at_least: int = 30, per_second: float = 12
) -> AsyncIterator[Trial]:
    """A trial of a fault, with its row in the table.

    Orders are placed as long as the fault lasts, at least so many. Those without an answer are sent
    again with the same key, all must end, and every book must agree.
    """
    async with load_on(shop, uuid4().hex[:12], per_second, at_least) as (load, placing):
        running = Trial(shop, load)
        yield running
        assert running.back_to_normal is not None, "nothing has happened"
        load.enough = True
        await placing
        await load.ask_again()
        seconds = await running.back_to_normal
    verdict = await shop.verdict()
    row = row_of(
        fault=fault,
        orders=load.sent,
        in_flight=running.in_flight,
        unknown=len(load.unanswered),
        verdict=verdict,
        seconds=seconds,
    )
    table.append(row)
    verdict.assert_clean()
    assert len(set(load.accepted)) == load.sent
