"""`orderstream metrics`: the vital numbers of every service, and the alerts that would fire."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Annotated

import typer
from client.http import open_http
from rich.console import Console
from rich.live import Live
from stack import System, load, reach

from orderstream.formatting import console
from orderstream.interrupting import run_interruptibly

if TYPE_CHECKING:
    from orderstream.metrics.numbers import Picture

EXAMPLES = (
    "metrics",
    "metrics --once   # exit code 1 if an alert fires, for a script",
    "metrics --json   # one look, for a program",
)
LOOK_EVERY_S = 2.0
SHORTLY_S = 1.0
"""Rates need two looks."""


def run(
    *,
    once: Annotated[bool, typer.Option("--once", help="Show it as it is now, and end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same as one document.")] = False,
) -> None:
    """Show what each service handles, how far behind it is, what waits, and the alerts, until Ctrl-C.

    Reads /metrics of every process, no Prometheus needed, and judges by the rules of
    observability/alerts.yml. Without a terminal it is one look. An alert that has to last for some
    time fires only while this runs. The exit code of one look is 1 if an alert fires.
    """
    system, to = reach(load()), console()
    if once or as_json or not to.is_terminal:
        _tell(asyncio.run(_look_once(system)), to, as_json=as_json)
        return
    with suppress(KeyboardInterrupt):
        run_interruptibly(_paint(system, to), to)


async def _look_once(system: System) -> "Picture":
    async with aclosing(_looks(system, SHORTLY_S)) as looks:
        await anext(looks)
        return await anext(looks)


def _tell(picture: "Picture", to: Console, *, as_json: bool) -> None:
    from orderstream.metrics.showing import show  # noqa: PLC0415  # the others need none of it

    if as_json:
        typer.echo(json.dumps(picture.as_json(), indent=2))
    else:
        to.print(show(picture))
    if any(one.fires for one in picture.alerts):
        raise typer.Exit(1)


async def _paint(system: System, to: Console) -> None:
    from orderstream.metrics.showing import show  # noqa: PLC0415  # the others need none of it

    with Live(console=to, auto_refresh=False, transient=False) as live:
        async with aclosing(_looks(system, LOOK_EVERY_S)) as looks:
            async for picture in looks:
                live.update(show(picture), refresh=True)


async def _looks(system: System, every_s: float) -> "AsyncGenerator[Picture, None]":
    """Look again and again at this interval."""
    from orderstream.metrics.judging import Judge  # noqa: PLC0415  # the others need none of it
    from orderstream.metrics.numbers import Numbers  # noqa: PLC0415
    from orderstream.metrics.reading import read_with_audit  # noqa: PLC0415

    judge, numbers = Judge(), Numbers()
    async with open_http() as http:
        while True:
            samples, at = await read_with_audit(http, system), time.monotonic()
            yield numbers.note(samples, judge.judge(samples, at), at)
            await asyncio.sleep(every_s)
