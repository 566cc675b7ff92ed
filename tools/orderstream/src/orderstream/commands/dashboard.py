"""`orderstream dashboard`: the shop's numbers and the health of every process, live."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Annotated

import httpx
import typer
from client import NoAnswerError
from client.http import open_http
from client.tokens import Tokens
from rich.console import Console
from rich.live import Live
from servicekit.sentences import sentence
from stack import System, load, reach
from stack.hints import look_at_status, no_answer

from orderstream.dashboard import (
    Document,
    Feed,
    StreamClosedError,
    follow,
    line,
    note_failing,
    picture,
)
from orderstream.errors import CommandError
from orderstream.formatting import console
from orderstream.interrupting import run_interruptibly

EXAMPLES = (
    "dashboard",
    "dashboard --once   # one picture, for a script or a test",
    "dashboard | tee shop.log   # without a terminal, a line every five seconds",
)
LINE_EVERY_S = 5.0
Messages = AsyncGenerator[Document, None]


def run(
    *,
    once: Annotated[bool, typer.Option("--once", help="Show it as it is now, and end.")] = False,
) -> None:
    """Show orders per second, statuses, revenue, what sells, times and health until Ctrl-C.

    It is what the gateway tells at /dashboard/events, for operators: windows of five seconds, and
    the sum of the last minute. Without a terminal it is a line every five seconds.
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
        async with open_http() as http:
            messages = follow(http, system.url("gateway"), Tokens(http, system.url("issuer")))
            async with aclosing(messages):
                if once:
                    _note(await anext(messages), system, feed)
                elif to.is_terminal:
                    await _paint(messages, system, feed, to)
                else:
                    await _tell(messages, system, feed, to)
    except StreamClosedError as closed:
        raise CommandError(f"The dashboard has ended: {closed}") from None
    except NoAnswerError as error:
        raise CommandError(f"{sentence(f'The gateway gave {error}')} {look_at_status()}") from None
    except httpx.TransportError as error:
        raise CommandError(no_answer("The gateway", error)) from None
    if once:
        to.print(picture(feed))


async def _paint(messages: Messages, system: System, feed: Feed, to: Console) -> None:
    with Live(console=to, auto_refresh=False, transient=False) as live:
        async for message in messages:
            _note(message, system, feed)
            live.update(picture(feed), refresh=True)


async def _tell(messages: Messages, system: System, feed: Feed, to: Console) -> None:
    due = 0.0
    async for message in messages:
        _note(message, system, feed)
        if time.monotonic() >= due:
            due = time.monotonic() + LINE_EVERY_S
            to.print(line(message), highlight=False, markup=False, soft_wrap=True)


def _note(message: Document, system: System, feed: Feed) -> None:
    note_failing(message["services"], system)
    feed.hear(message)
