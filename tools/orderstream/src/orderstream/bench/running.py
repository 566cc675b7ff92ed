"""One run of `orderstream bench`: measures a private copy of the system and shows the figures."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

import uvloop
from rich.console import Console

from orderstream.bench.benchmark import run_benchmark, write_json
from orderstream.bench.gateway import overload
from orderstream.bench.gateway import report as gateway_report
from orderstream.bench.report import show, told
from orderstream.bench.streams import measuring
from orderstream.bench.streams import report as streams_report
from orderstream.platform import steps_for

RESULTS = Path("bench-results")


def measure_orders(screen: Console, rates: Sequence[float], seconds: float) -> None:
    """Offer orders at each rate, show what became of them and keep the figures."""
    with tempfile.TemporaryDirectory(prefix="orderstream-bench-") as folder:
        result = asyncio.run(
            run_benchmark(
                rates,
                seconds,
                Path(folder),
                lambda step: told(screen, step),
                steps_for(screen),
            )
        )
    show(screen, result)
    screen.print(f"Figures: {write_json(result, RESULTS)}")


def measure_streams(screen: Console, streams: int, rate: float, seconds: float) -> None:
    """Keep so many live streams open and show what they cost and how soon each sees a change."""
    with tempfile.TemporaryDirectory(prefix="orderstream-bench-") as folder:
        result = uvloop.run(
            measuring.measure(streams, rate, seconds, Path(folder), steps_for(screen))
        )
    streams_report.show(screen, result)


def measure_gateway(screen: Console, rates: Sequence[float], seconds: float) -> None:
    """Offer the gateway alone more than it can take and show what it accepts."""
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
