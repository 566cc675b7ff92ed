"""The running shop, for commands that speak with its gateway: which order is meant, what is bought and sold."""

import asyncio
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from client import (
    Document,
    FaultPlansOffError,
    GatewayClient,
    NoAnswerError,
    RefusedError,
    open_gateway,
)
from events.limits import AMOUNT_MAX, AMOUNT_MIN, UNITS_MAX
from retail import RetailOrder
from servicekit.sentences import sentence
from stack import System, load, reach, seed
from stack.hints import look_at_status, program

from orderstream.errors import CommandError

T = TypeVar("T")
TIMEOUT_S = 15.0
NO_FAULT_PLANS = (
    "Fault plans are off here. Start the system with ORDERSTREAM_FAULT_PLANS=true to have them."
)


@asynccontextmanager
async def open_shop() -> AsyncIterator[tuple[System, GatewayClient]]:
    """Provide the running system with a client for its gateway.

    Raises:
        NotUpError: nothing runs.
        CommandError: the gateway refused something, or does not answer; with what to do.
    """
    system = reach(load())
    try:
        address = system.url("gateway")
        async with open_gateway(address, system.url("issuer"), TIMEOUT_S) as gateway:
            yield system, gateway
    except RefusedError as error:
        raise CommandError(str(error)) from None
    except FaultPlansOffError:
        raise CommandError(NO_FAULT_PLANS) from None
    except NoAnswerError as error:
        raise CommandError(f"{sentence(f'The gateway gave {error}')} {look_at_status()}") from None


def in_shop(work: Callable[[System, GatewayClient], Awaitable[T]]) -> T:
    """Run something with the running system and its gateway."""

    async def run() -> T:
        async with open_shop() as (system, gateway):
            return await work(system, gateway)

    return asyncio.run(run())


WHOLE = re.compile(r"ord_[0-9a-f]{32}")
PART = re.compile(r"(?:ord_)?[0-9a-f]{4,32}")
LAST = "last"
SEARCHED = 2000
HELP = "An order's id, its first or last characters, or `last`."


async def find_order_id(gateway: GatewayClient, named: str) -> str:
    """Return the whole id of the order that is meant.

    Raises:
        CommandError: it is none, or more than one.
    """
    named = named.strip().removeprefix("…").lower()
    if WHOLE.fullmatch(named):
        return named
    if named == LAST:
        newest = await gateway.orders(limit=1)
        if not newest:
            raise CommandError(f"There are no orders yet. Place one: {program()} order")
        return str(newest[0]["id"])
    if not PART.fullmatch(named):
        raise CommandError(f"{named!r} is no order. Give {HELP[0].lower()}{HELP[1:]}")
    return await _by_part(gateway, named)


async def _by_part(gateway: GatewayClient, part: str) -> str:
    start = part if part.startswith("ord_") else f"ord_{part}"
    known = [str(one["id"]) for one in await gateway.orders(limit=SEARCHED)]
    found = [one for one in known if one.startswith(start) or one.endswith(part)]
    if len(found) == 1:
        return found[0]
    if not found:
        where = f"among the newest {SEARCHED:,}" if len(known) == SEARCHED else "there is"
        raise CommandError(f"No order {where} begins or ends with {part}. See: {program()} orders")
    raise CommandError(f"{len(found)} orders begin or end with {part}. Give more of the id.")


HEARD_S = 30.0
POLL_S = 0.5


async def sell(
    system: System, gateway: GatewayClient, file: Path, orders: Collection[RetailOrder]
) -> None:
    """List the products of the file, if any that these orders are about are not for sale yet.

    Raises:
        CommandError: it cannot be done from here, or the gateway does not learn of them.
    """
    lacking = {sku for order in orders for sku, _ in order.lines} - await _sold(gateway)
    if not lacking:
        return
    if system.settings.platform != "native":
        some = ", ".join(sorted(lacking)[:3])
        raise CommandError(
            f"The shop does not sell {len(lacking):,} of the products of {file}, such as {some}. "
            f"Start it with ORDERSTREAM_SEED_FILE={file}"
        )
    await seed(system.settings.model_copy(update={"seed_file": file}))
    try:
        async with asyncio.timeout(HEARD_S):
            while lacking - await _sold(gateway):
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        raise CommandError(
            f"The gateway has not learned of the products of {file} after {HEARD_S:g} s."
        ) from None


async def _sold(gateway: GatewayClient) -> set[str]:
    return {str(product["sku"]) for product in await gateway.products()}


# SKUs hold no small letters as this shop writes them, nor any of the other signs.
WITH_QUANTITY = re.compile(r"(?P<sku>.+?)[x\u00d7:*](?P<quantity>\d{1,6})")
MOST_UNITS = 6

Lines = list[tuple[str, int]]


def read_lines(items: Sequence[str]) -> Lines:
    """Read each `SKU`, `SKUx2` or `SKU:2` (a multiplication sign will do); a SKU named twice adds up.

    Raises:
        CommandError: one of them is none of these.
    """
    wanted: dict[str, int] = {}
    for item in items:
        match = WITH_QUANTITY.fullmatch(item)
        sku, quantity = (match["sku"], int(match["quantity"])) if match else (item, 1)
        if quantity == 0 or not sku.strip():
            raise CommandError(
                f"{item!r} is not so many of a product. Write it as 85123A or 85123Ax2"
            )
        wanted[sku.strip()] = wanted.get(sku.strip(), 0) + quantity
    return list(wanted.items())


def pick_lines(products: Sequence[Document], count: int) -> Lines:
    """Pick so many different products, a few of each: no more than one order can hold.

    A product that is free, or so expensive that its share of the order buys none, is left out.
    """
    share = AMOUNT_MAX // count
    sold = [one for one in products if AMOUNT_MIN <= one["unit_price"]["amount"] <= share]
    picked = random.sample(sold, min(count, len(sold)))
    return [(str(one["sku"]), _few(share // one["unit_price"]["amount"], count)) for one in picked]


def _few(affordable: int, lines: int) -> int:
    return random.randint(1, min(MOST_UNITS, affordable, UNITS_MAX // lines))  # noqa: S311  # not a secret
