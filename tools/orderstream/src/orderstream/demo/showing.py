"""Shows the replay while it goes on: a live picture on a terminal, a line now and then elsewhere."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rich.console import Console
from rich.live import Live

from orderstream.demo.replay import Replay
from orderstream.demo.screen import picture
from orderstream.demo.ticker import line
from orderstream.demo.waiting import Board

FRAME_S = 0.25
LINE_EVERY_S = 2.0


@asynccontextmanager
async def shown(console: Console, title: str, replay: Replay, board: Board) -> AsyncIterator[None]:
    """Show how the replay goes for as long as the block lasts, and how it stands at the end."""
    show = _paint if console.is_terminal else _tell
    showing = asyncio.create_task(show(console, title, replay, board))
    try:
        yield
    finally:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)


async def _paint(console: Console, title: str, replay: Replay, board: Board) -> None:
    with Live(console=console, auto_refresh=False) as live:
        try:
            while True:
                live.update(picture(title, replay, board), refresh=True)
                await asyncio.sleep(FRAME_S)
        finally:
            live.update(picture(title, replay, board), refresh=True)


async def _tell(console: Console, title: str, replay: Replay, board: Board) -> None:
    console.print(title)
    try:
        while True:
            await asyncio.sleep(LINE_EVERY_S)
            console.print(line(replay, board), highlight=False, soft_wrap=True)
    finally:
        console.print(line(replay, board), highlight=False, soft_wrap=True)
