"""`orderstream dashboard`: the shop's numbers and the health of every process, live."""

import asyncio
from contextlib import suppress
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.live import Live

from orderstream.client.tokens import Tokens
from orderstream.dashboard import Feed, follow, picture
from orderstream.dashboard.failing import note_failing
from orderstream.dashboard.feed import StreamClosedError
from orderstream.failing import CommandError
from orderstream.interrupting import run_interruptibly
from orderstream.platform import System, load, reach
from orderstream.tables import console

EXAMPLES = (
    "dashboard",
    "dashboard --once   # one picture, for a script or a test",
)


def run(
    *,
    once: Annotated[bool, typer.Option("--once", help="Show it as it is now, and end.")] = False,
) -> None:
    """Show orders per second, statuses, revenue, what sells, times and health until Ctrl-C.

    It is what the gateway tells at /dashboard/events, for operators: windows of five seconds, and
    the sum of the last minute.
    """
    system, to = reach(load()), console()
    if once:
        asyncio.run(_show(system, to, once=True))
        return
    with suppress(KeyboardInterrupt):
        run_interruptibly(_show(system, to, once=False), to)


async def _show(system: System, to: Console, *, once: bool) -> None:
    feed = Feed()
    try:
        async with httpx.AsyncClient(trust_env=False) as http:
            messages = follow(http, system.url("gateway"), Tokens(http, system.url("issuer")))
            with Live(console=to, auto_refresh=False, transient=False) as live:
                async for message in messages:
                    note_failing(message["services"], system)
                    feed.hear(message)
                    if once:
                        break
                    live.update(picture(feed), refresh=True)
            await messages.aclose()
    except StreamClosedError as closed:
        raise CommandError(f"The dashboard has ended: {closed}") from None
    except httpx.TransportError as error:
        raise CommandError(
            f"The gateway has gone: {error!r}. Look at: orderstream status"
        ) from None
    if once:
        to.print(picture(feed))
