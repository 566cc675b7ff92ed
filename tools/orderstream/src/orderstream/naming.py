"""Which order is meant: by its id, a part of it, or as the last one."""

import re

from orderstream.client import GatewayClient
from orderstream.failing import CommandError
from orderstream.wording import program

WHOLE = re.compile(r"ord_[0-9a-f]{32}")
PART = re.compile(r"(?:ord_)?[0-9a-f]{4,32}")
LAST = "last"
SEARCHED = 2000
HELP = "An order's id, its first or last characters, or `last`."


async def find_order_id(gateway: GatewayClient, named: str) -> str:
    """The whole id of the order that is meant.

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
