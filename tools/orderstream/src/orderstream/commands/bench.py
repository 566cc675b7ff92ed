"""`orderstream bench`: how many orders a second, how fast each, and at what cost."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console

from orderstream.bench.benchmark import run_benchmark, write_json
from orderstream.bench.gateway import overload
from orderstream.bench.gateway import report as gateway_report
from orderstream.bench.report import show, told
from orderstream.bench.streams import measuring
from orderstream.bench.streams import report as streams_report
from orderstream.platform import steps_for
from orderstream.tables import console

EXAMPLES = (
    "bench",
    "bench --rate 50 --seconds 30",
    "bench --rate 100 --rate 200 --rate 300",
    "bench --streams 1000   # live streams on one gateway: memory, and how soon a change is seen",
    "bench --gateway   # how many orders it accepts on one core, and three times as many",
)
KNEE = (50.0, 100.0, 150.0, 200.0, 250.0, 300.0, 350.0, 400.0, 450.0, 500.0)
STREAMS_RATE = 20.0
RESULTS = Path("bench-results")


def run(
    rate: Annotated[
        list[float] | None, typer.Option(help="Orders a second; repeat it for several steps.")
    ] = None,
    seconds: Annotated[float, typer.Option(help="How long each rate is offered.", min=2)] = 20,
    *,
    gateway: Annotated[
        bool, typer.Option("--gateway", help="The gateway alone, beyond what it can take.")
    ] = False,
    streams: Annotated[
        int | None, typer.Option("--streams", help="So many live streams.", min=1, max=1900)
    ] = None,
) -> None:
    """Place orders at a given rate and measure; without --rate, step it up to find the knee.

    Runs on a private copy of the system whose providers answer at once, beside anything that is
    up. The load is open-loop: orders come at their times, whether or not earlier ones are done.
    """
    screen = console()
    if gateway:
        _measure_gateway(screen, rate or (), seconds)
        return
    if streams:
        _measure_streams(screen, streams, rate[0] if rate else STREAMS_RATE, seconds)
        return
    with tempfile.TemporaryDirectory(prefix="orderstream-bench-") as folder:
        result = asyncio.run(
            run_benchmark(
                rate or KNEE,
                seconds,
                Path(folder),
                lambda step: told(screen, step),
                steps_for(screen),
            )
        )
    show(screen, result)
    screen.print(f"Figures: {write_json(result, RESULTS)}")


def _measure_streams(screen: Console, streams: int, rate: float, seconds: float) -> None:
    with tempfile.TemporaryDirectory(prefix="orderstream-bench-") as folder:
        result = uvloop.run(
            measuring.measure(streams, rate, seconds, Path(folder), steps_for(screen))
        )
    streams_report.show(screen, result)


def _measure_gateway(screen: Console, rates: Sequence[float], seconds: float) -> None:
    with tempfile.TemporaryDirectory(prefix="orderstream-bench-") as folder:
        result = uvloop.run(
            overload.measure(
                rates,
                seconds,
                Path(folder),
                lambda one: gateway_report.told(screen, one),
                steps_for(screen),
            )
        )
    gateway_report.show(screen, result)
