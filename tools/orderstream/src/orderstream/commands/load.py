"""`orderstream load`: orders at a steady rate, so that there is something to see, or to break."""

import asyncio
import itertools
from collections import Counter
from typing import Annotated

import typer

from orderstream.basket import pick_lines
from orderstream.client import (
    Document,
    GatewayClient,
    NoAnswerError,
    RefusedError,
    order_body,
    recipient_of,
)
from orderstream.interrupting import run_interruptibly
from orderstream.shop import open_shop
from orderstream.tables import console

EXAMPLES = ("load", "load --rate 20 --seconds 60", "dashboard   # in another terminal")
EVERY_S = 10
CUSTOMERS = 50
PRODUCTS = 3


def run(
    *,
    rate: Annotated[float, typer.Option(min=0.1, max=100, help="Orders a second.")] = 5,
    seconds: Annotated[
        float | None, typer.Option(min=1, help="How long; by default until Ctrl-C.")
    ] = None,
) -> None:
    """Place random orders of many customers at a steady rate, and say how many were accepted.

    Orders come at their times, whether or not earlier ones were answered.
    """
    run_interruptibly(_load(rate, seconds), console())


async def _load(rate: float, seconds: float | None) -> None:
    async with open_shop() as (_, gateway):
        customers = Customers(gateway, await gateway.products())
        try:
            await customers.order_at(rate, seconds)
        finally:
            console().print(customers.told(), highlight=False)


class Customers:
    """Those who order; `outcomes` counts what they were answered."""

    def __init__(self, gateway: GatewayClient, products: list[Document]) -> None:
        self._gateway = gateway
        self._products = products
        self.outcomes: Counter[str] = Counter()

    async def order_at(self, rate: float, seconds: float | None) -> None:
        """Place orders at this rate, for ever or for so many seconds; then wait for the answers."""
        clock = asyncio.get_running_loop().time
        began, told = clock(), EVERY_S
        async with asyncio.TaskGroup() as answers:
            for number in itertools.count():
                due = number / rate
                if seconds is not None and due >= seconds:
                    return
                await asyncio.sleep(began + due - clock())
                answers.create_task(self._order(f"load-{number % CUSTOMERS}"))
                if due >= told:
                    told += EVERY_S
                    console().print(self.told(), highlight=False)

    def told(self) -> str:
        """What became of the orders so far, in one line."""
        counts = [f"{count} {outcome}" for outcome, count in self.outcomes.most_common()]
        return ", ".join(counts) or "nothing was answered yet"

    async def _order(self, customer: str) -> None:
        body = order_body(pick_lines(self._products, PRODUCTS), recipient_of(customer))
        try:
            await self._gateway.place(customer, body)
        except RefusedError as error:
            self.outcomes[error.code] += 1
        except NoAnswerError:
            self.outcomes["unanswered"] += 1
        else:
            self.outcomes["accepted"] += 1
