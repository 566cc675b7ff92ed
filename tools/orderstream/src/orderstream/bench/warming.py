"""Warming up: orders come until what one costs is flat, for Java compiles for minutes after a start."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from stack import Steps, System

from orderstream.bench.costs import LOAD, Cost, read_costs, spent_per_order
from orderstream.bench.load import Scene
from orderstream.bench.outcomes import OpenOrders

WINDOW_S = 10.0
WINDOWS = 3
FLAT = 0.05
"""Cost is flat when so many windows in a row are within this share of their mean."""


@dataclass(frozen=True, slots=True)
class Window:
    """CPU milliseconds an order for a while, of Kafka and of all other processes."""

    kafka: float
    ours: float


@dataclass(frozen=True, slots=True)
class WarmUp:
    """How long it took, and whether the cost of an order was flat in the end."""

    seconds: float
    is_flat: bool
    windows: Sequence[Window]


def is_flat(windows: Sequence[Window]) -> bool:
    """Say whether the cost has stopped falling, of Kafka and of the rest."""
    last = windows[-WINDOWS:]
    if len(last) < WINDOWS:
        return False
    return all(_is_level([getattr(one, name) for one in last]) for name in ("kafka", "ours"))


def _is_level(costs: Sequence[float]) -> bool:
    mean = sum(costs) / len(costs)
    return all(abs(cost - mean) <= FLAT * mean for cost in costs)


async def warm_up(scene: Scene, rate: float, longest_s: float, steps: Steps) -> WarmUp:
    """Let orders come at this rate until what one costs is flat, or the time is up, and end."""
    windows: list[Window] = []
    placed: list[str] = []
    begun = time.monotonic()
    with steps.step(f"warm up at {rate:.0f} orders/s, {longest_s:.0f} s at most"):
        loading = asyncio.create_task(scene.shoppers.place(rate, longest_s, placed.append))
        try:
            while not loading.done() and not is_flat(windows):
                windows.append(await _window(scene.system, rate))
        finally:
            loading.cancel()
            with suppress(asyncio.CancelledError):
                await loading
        await OpenOrders(scene.orders, placed).settle()
    return WarmUp(time.monotonic() - begun, is_flat(windows), windows)


async def _window(system: System, rate: float) -> Window:
    before, begun = read_costs(system), time.monotonic()
    await asyncio.sleep(WINDOW_S)
    orders = rate * (time.monotonic() - begun)
    return window_of(before, read_costs(system), orders)


def window_of(before: dict[str, Cost], after: dict[str, Cost], orders: float) -> Window:
    """Sum up what an order has cost between two readings; the load itself is no part of it."""
    spent, _ = spent_per_order(before, after, orders)
    kafka = sum(ms for name, ms in spent.items() if name.startswith("kafka"))
    return Window(kafka, sum(spent.values()) - kafka - spent.get(LOAD, 0.0))
