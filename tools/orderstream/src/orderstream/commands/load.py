"""`orderstream load`: orders at a steady rate, so that there is something to see, or to break."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from client import (
    Document,
    GatewayClient,
    NoAnswerError,
    RefusedError,
    open_loop,
    order_body,
    recipient_of,
    steadily,
)
from retail import RetailFormatError, RetailOrder, import_file

from orderstream.formatting import console
from orderstream.interrupting import run_interruptibly
from orderstream.shop import open_shop, pick_lines, sell

EXAMPLES = (
    "load",
    "load --rate 20 --seconds 60",
    "load --file orders.csv.gz   # what a real shop's customers ordered, again and again",
    "dashboard   # in another terminal",
)
Wish = tuple[str, Document]
"""A customer and what is ordered, as the gateway is told of it."""
EVERY_S = 10
CUSTOMERS = 50
PRODUCTS = 3


def run(
    *,
    rate: Annotated[float, typer.Option(min=0.1, max=100, help="Orders a second.")] = 5,
    seconds: Annotated[
        float | None, typer.Option(min=1, help="How long; by default until Ctrl-C.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="Orders of a shop, as data/online-retail has them."),
    ] = None,
) -> None:
    """Place orders of many customers at a steady rate, and say how many were accepted.

    They are random, or those of a file, which may be a gzip; after its last order its first comes again.
    Orders come at their times, whether or not earlier ones were answered.
    """
    real = import_file(file).orders if file else ()
    if file and not real:
        raise RetailFormatError("there are no orders in it", file=str(file))
    run_interruptibly(_load(rate, seconds, file, real), console())


async def _load(
    rate: float, seconds: float | None, file: Path | None, real: Sequence[RetailOrder]
) -> None:
    async with open_shop() as (system, gateway):
        if file:
            await sell(system, gateway, file, real)
        wishes = _again(real) if real else _random(await gateway.products())
        customers = Customers(gateway, wishes)
        try:
            await customers.order_at(rate, seconds)
        finally:
            console().print(customers.told(), highlight=False)


def _random(products: list[Document]) -> Iterator[Wish]:
    for number in itertools.count():
        customer = f"load-{number % CUSTOMERS}"
        yield customer, order_body(pick_lines(products, PRODUCTS), recipient_of(customer))


def _again(real: Sequence[RetailOrder]) -> Iterator[Wish]:
    for one in itertools.cycle(real):
        yield one.customer, order_body(one.lines, recipient_of(one.customer, one.country))


class Customers:
    """Those who order; `outcomes` counts what they were answered."""

    def __init__(self, gateway: GatewayClient, wishes: Iterator[Wish]) -> None:
        self._gateway = gateway
        self._wishes = wishes
        self.outcomes: Counter[str] = Counter()

    async def order_at(self, rate: float, seconds: float | None) -> None:
        """Place orders at this rate, for so many seconds or without end; then wait for the answers."""
        telling = asyncio.create_task(self._tell())
        try:
            await open_loop(steadily(rate, seconds), lambda _due: self._order(*next(self._wishes)))
        finally:
            telling.cancel()

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            console().print(self.told(), highlight=False)

    def told(self) -> str:
        """Return what became of the orders so far, in one line."""
        counts = [f"{count} {outcome}" for outcome, count in self.outcomes.most_common()]
        return ", ".join(counts) or "nothing was answered yet"

    async def _order(self, customer: str, body: Document) -> None:
        try:
            await self._gateway.place(customer, body)
        except RefusedError as error:
            self.outcomes[error.code] += 1
        except NoAnswerError:
            self.outcomes["unanswered"] += 1
        else:
            self.outcomes["accepted"] += 1
