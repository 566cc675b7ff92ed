"""The replay: every customer of the day orders, waits, and perhaps cancels, through the gateway."""

import asyncio
import time
from collections.abc import Sequence

from orderstream.client import (
    Document,
    GatewayClient,
    NoAnswerError,
    NotEndedError,
    RefusedError,
    order_body,
    recipient_of,
)
from orderstream.demo.journey import Answer, Journey
from orderstream.demo.plan import Purchase

LONGEST_WAIT_S = 120.0
POLL_S = 0.4
TOO_LATE: dict[str, Answer] = {
    "already_shipped": "shipped already",
    "already_final": "ended already",
}


class Replay:
    """A day's purchases, placed evenly over some seconds; `journeys` shows how far each has come."""

    def __init__(self, purchases: Sequence[Purchase]) -> None:
        self.journeys = [Journey(purchase) for purchase in purchases]
        self._begun = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the replay began."""
        return time.monotonic() - self._begun

    async def run(self, gateway: GatewayClient, seconds: float) -> None:
        """Place every order in turn and see each through to its end."""
        self._begun = time.monotonic()
        pause = seconds / max(1, len(self.journeys))
        async with asyncio.TaskGroup() as customers:
            for place, journey in enumerate(self.journeys):
                await asyncio.sleep(max(0, place * pause - self.elapsed_s))
                customers.create_task(_shop(gateway, journey))


async def replay(
    gateway: GatewayClient, purchases: Sequence[Purchase], *, seconds: float
) -> list[Journey]:
    """Carry out purchases through the gateway, evenly over some seconds; tells how each went."""
    running = Replay(purchases)
    await running.run(gateway, seconds)
    return running.journeys


async def _shop(gateway: GatewayClient, journey: Journey) -> None:
    """One customer's way; what goes wrong on it is noted, for the others go on."""
    try:
        await _place(gateway, journey)
        async with asyncio.TaskGroup() as both:
            both.create_task(_change_mind(gateway, journey))
            both.create_task(_watch(gateway, journey))
    except* (RefusedError, NoAnswerError, NotEndedError) as errors:
        journey.trouble = "; ".join(str(error) for error in errors.exceptions)


async def _place(gateway: GatewayClient, journey: Journey) -> None:
    order, token = journey.purchase.order, journey.purchase.token
    body = order_body(order.lines, recipient_of(order.customer, order.country), token)
    placed = await gateway.place(order.customer, body)
    journey.order_id, journey.document = placed.order_id, placed.document
    journey.tries = placed.tries


async def _watch(gateway: GatewayClient, journey: Journey) -> None:
    def note(document: Document) -> None:
        journey.document = document

    await gateway.wait_final(
        journey.order_id or "",
        journey.purchase.order.customer,
        seconds=LONGEST_WAIT_S,
        on_change=note,
        poll_s=POLL_S,
    )


async def _change_mind(gateway: GatewayClient, journey: Journey) -> None:
    if journey.purchase.cancel_after_s is None:
        return
    await asyncio.sleep(journey.purchase.cancel_after_s)
    try:
        await gateway.cancel(journey.order_id or "", journey.purchase.order.customer)
        journey.answer = "asked"
    except RefusedError as error:
        if error.code not in TOO_LATE:
            raise
        journey.answer = TOO_LATE[error.code]
