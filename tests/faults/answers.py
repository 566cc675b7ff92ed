"""Having a neighbour answer anything, one kind of answer after the other, while orders are placed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import chain
from typing import Any

from e2e.asking import command_line
from e2e.outside import misbehaving
from e2e.shop import Shop
from stack import DATABASES
from testkit.waiting import until

OF_EACH = 3
"""So many requests are answered in each way."""
AT_ONCE = 8
Kind = Mapping[str, Any]
OPEN = "SELECT count(*) FROM dead_letters WHERE origin = $1 AND settled_at IS NULL"


async def answered(shop: Shop, simulator: str, kinds: Sequence[Kind], counter: str) -> None:
    """Wait until the simulator has given each kind of answer, in turn, as often as `counter` says."""
    where = shop.system.url(simulator) + "/admin/behaviour"

    async def is_done() -> bool:
        return (await shop.http.get(where)).json()[counter] == 0

    for kind in kinds:
        async with misbehaving(shop, simulator, **{counter: OF_EACH, **kind}):
            await until(f"{simulator} has answered {kind}", is_done)


async def redrive(shop: Shop, service: str, command: str, kinds: int = 1) -> None:
    """Wait until all that was refused is set aside, and have it asked again, as people do."""
    refused = OF_EACH * kinds
    database, origin = dict(DATABASES)[service], f"command:{command}"

    async def are_set_aside() -> bool:
        return int(await shop.books.ask(database, OPEN, origin)) == refused

    await until(f"{refused} of {command} are set aside", are_set_aside)
    arguments = ("redrive", "--service", service, "--reason", "the neighbour was mended")
    done = await command_line(shop)("dead-letters", *arguments)
    assert done.exit_code == 0, done.output


@asynccontextmanager
async def meanwhile(order: Callable[[], Awaitable[str]], shop: Shop) -> AsyncIterator[None]:
    """Orders of one sort besides the others, a few at once, as long as the block lasts; all end."""
    over = asyncio.Event()

    async def go_on() -> list[str]:
        placed = [await order()]
        while not over.is_set():
            placed.append(await order())
        return placed

    going = [asyncio.create_task(go_on()) for _ in range(AT_ONCE)]
    try:
        yield
    finally:
        over.set()
        placed = await asyncio.gather(*going)
    await shop.all_ended(list(chain.from_iterable(placed)))
