"""The replay: every customer of the day orders, waits, and perhaps cancels, through the gateway; and its numbers."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from client import (
    Document,
    GatewayClient,
    NoAnswerError,
    NotEndedError,
    RefusedError,
    open_loop,
    order_body,
    recipient_of,
)
from events import OrderStatus

from orderstream.demo.plan import Purchase
from orderstream.formatting import COLOURS, REASONS

Answer = Literal["asked", "shipped already", "ended already"]


@dataclass(slots=True)
class Journey:
    """One purchase and how far it has come.

    `answer` is what the gateway said to the customer who cancelled; `trouble` why it is
    unknown how it goes on.
    """

    purchase: Purchase
    order_id: str | None = None
    document: Document | None = None
    answer: Answer | None = None
    trouble: str | None = None
    tries: int = 0

    @property
    def status(self) -> OrderStatus | None:
        """Where the order stands as far as its customer has seen; None while it is not placed."""
        return OrderStatus(self.document["status"]) if self.document else None

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen to the order."""
        return self.status is not None and self.status.is_final

    @property
    def reason(self) -> str | None:
        """Why the order was cancelled, if it was."""
        return self.document.get("reason") if self.document else None


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
        waiting = iter(self.journeys)
        await open_loop(
            (place * pause for place in range(len(self.journeys))),
            lambda _due: _shop(gateway, next(waiting)),
        )


async def replay(
    gateway: GatewayClient, purchases: Sequence[Purchase], *, seconds: float
) -> list[Journey]:
    """Carry out purchases through the gateway, evenly over some seconds; tells how each went."""
    running = Replay(purchases)
    await running.run(gateway, seconds)
    return running.journeys


async def _shop(gateway: GatewayClient, journey: Journey) -> None:
    """Go one customer's way; what goes wrong on it is noted, for the others go on."""
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


OPEN = ("accepted", "authorized", "reserved", "shipped", "cancelling", "held", "payment_review")
RARE = frozenset({"held", "payment_review"})
ENDS = ("completed", "payment_declined", "out_of_stock", "by_customer", "overdue", "undeliverable")
SELDOM_ENDS = frozenset({"overdue", "undeliverable"})
NAMES = REASONS | {"by_customer": "cancelled"}


@dataclass(frozen=True, slots=True)
class Tally:
    """How it stands now; `rows` are names with their colour and count, in the order of an order's way."""

    total: int
    placed: int
    ended: int
    elapsed_s: float
    rows: tuple[tuple[str, str, int], ...]

    @property
    def placed_rate(self) -> float:
        """Orders placed per second, since the beginning."""
        return self.placed / max(1.0, self.elapsed_s)

    @property
    def ended_rate(self) -> float:
        """Orders ended per second, since the beginning."""
        return self.ended / max(1.0, self.elapsed_s)


def tally(replay: Replay) -> Tally:
    """Count where the orders stand."""
    journeys = replay.journeys
    counts = Counter(place(journey) for journey in journeys)
    troubled = sum(journey.trouble is not None for journey in journeys)
    rows = [
        (name.replace("_", " "), COLOURS[name], counts[name])
        for name in OPEN
        if counts[name] or name not in RARE
    ]
    rows += [
        (NAMES.get(name, name), "green" if name == "completed" else "yellow", counts[name])
        for name in ENDS
        if counts[name] or name not in SELDOM_ENDS
    ]
    if troubled:
        rows.append(("refused or unknown", "red", troubled))
    return Tally(
        total=len(journeys),
        placed=sum(journey.order_id is not None for journey in journeys),
        ended=sum(journey.has_ended for journey in journeys),
        elapsed_s=replay.elapsed_s,
        rows=tuple(rows),
    )


def place(journey: Journey) -> str:
    """Return where a journey stands: a status, or the reason of an order that was cancelled."""
    if journey.status is OrderStatus.CANCELLED:
        return journey.reason or "cancelled"
    return journey.status.value if journey.status else ""
