"""The explanation: where an order stands, what it waits for, since when, and what ends the wait."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from servicekit.sentences import sentence
from stack.hints import program

from orderstream.explaining.facts import (
    Letter,
    OrderFacts,
    RequestedCommand,
    Standing,
    Unhandled,
    Unpublished,
)
from orderstream.formatting import REASONS, count
from orderstream.mishaps import tell

MINUTE, HOUR, DAY = 60, 3600, 86_400


def clock(moment: datetime) -> str:
    """Return the local time of day."""
    return f"{moment.astimezone():%H:%M:%S}"


def span(time: timedelta) -> str:
    """Return how long: in seconds, or in the two largest units."""
    seconds = max(0, round(time.total_seconds()))
    for size, large, smaller, small in (
        (DAY, "d", HOUR, "h"),
        (HOUR, "h", MINUTE, "min"),
        (MINUTE, "min", 1, "s"),
    ):
        if seconds >= size:
            rest = seconds % size // smaller
            return f"{seconds // size} {large}" + (f" {rest} {small}" if rest else "")
    return f"{seconds} s"


MEANINGS = {
    "accepted": "no service has said that the money is held",
    "authorized": "the money is held; the goods are not set aside yet",
    "reserved": "the money is held and the goods are set aside; the parcel is not on its way yet",
    "shipped": "the parcel is on its way; not all that follows from it is done",
    "payment_review": (
        "the parcel is on its way, and the provider has refused again and again to hand over the "
        "money that it holds; it is asked on and on"
    ),
    "cancelling": "it is being stopped, if it still can be",
    "held": "something about it could not be handled, and an operator has to act",
}
PAYMENT_EMITS = "payment to emit PaymentAuthorized or PaymentDeclined"
INVENTORY_EMITS = "inventory to emit StockReserved or StockRejected"
SHIPPING_EMITS = "shipping to emit ShippingInitiated or ShipmentCancelled"
SHIPPING_DECIDES = "shipping to decide: ShipmentCancelled, or CancellationRefused and it goes on"


def tell_standing(facts: OrderFacts) -> str:
    """Return where the order stands, and since when."""
    standing = facts.standing
    if standing is None:
        return (
            f"It is accepted: the gateway took it at {clock(facts.placed_at)}, "
            f"{span(facts.now - facts.placed_at)} ago. The order service has not consumed it yet."
        )
    if standing.final_at is not None:
        return _tell_end(facts, standing)
    since = f"since {clock(standing.since)} ({span(facts.now - standing.since)})"
    meaning = MEANINGS.get(standing.status)
    return f"It is {standing.status} {since}" + (f": {meaning}." if meaning else ".")


def _tell_end(facts: OrderFacts, standing: Standing) -> str:
    end = standing.final_at or facts.now
    why = f", {REASONS.get(standing.reason, standing.reason)}" if standing.reason else ""
    parcel = f" Its parcel is {standing.tracking_code}." if standing.tracking_code else ""
    took = span(end - facts.placed_at)
    told = f"It is {standing.status}{why}, since {clock(end)}: {took} after it was placed."
    return f"{told} That is its end; it waits for nothing.{parcel}"


def awaited(standing: Standing | None) -> list[str]:
    """Return whose word the order waits for, by the facts that are still missing."""
    if standing is None or standing.final_at is not None:
        return []
    if standing.shipment == "initiated":
        return _to_complete(standing)
    if standing.shipment == "cancelled" or standing.stock == "rejected":
        return _to_cancel(standing)
    if standing.stopping:
        return [SHIPPING_DECIDES]
    if standing.stock == "reserved":
        return [SHIPPING_EMITS]
    return [INVENTORY_EMITS if standing.payment == "authorized" else PAYMENT_EMITS]


def _to_complete(standing: Standing) -> list[str]:
    missing = []
    if standing.payment != "captured":
        missing.append("payment to emit PaymentCaptured")
    if standing.stock != "committed":
        missing.append("inventory to emit StockCommitted")
    return missing


def _to_cancel(standing: Standing) -> list[str]:
    missing = []
    if standing.payment != "voided":
        missing.append("payment to emit PaymentVoided")
    if standing.shipment == "cancelled" and standing.stock not in ("released", "rejected"):
        missing.append("inventory to emit StockReleased")
    return missing


ASKS = {
    "AuthorizePayment": "has asked the payment provider to hold the money",
    "CapturePayment": "has asked the payment provider to take the money",
    "VoidPayment": "has asked the payment provider to let the money go",
    "BookParcel": "has asked the carrier to take the parcel",
    "CancelBooking": "has asked the carrier to give the parcel back",
    "SendMail": "has asked the mail server to send word to the customer",
}
DECIDES = "shipping decides whether it can still be stopped"
ANSWERS_FIRST = {
    "AuthorizePayment": "the provider has to say whether it holds money",
    "BookParcel": "the carrier has to say whether it has the parcel",
}
"""What has to be known of an order that is stopped, and only a neighbour can tell."""


def explain(facts: OrderFacts) -> list[str]:
    """Return the explanation, a paragraph each."""
    return [*_explain(facts)]


def _explain(facts: OrderFacts) -> Iterator[str]:
    yield tell_standing(facts)
    if facts.standing is not None and facts.standing.cancellation_refused:
        yield "It was to be stopped; shipping emitted CancellationRefused: its parcel was on its way."
    if missing := awaited(facts.standing):
        yield f"It waits for {' and for '.join(missing)}."
    yield from tell(facts.mishaps) if facts.mishaps else ()
    yield from _on_its_way(facts)
    yield from _in_the_way(facts)
    if not facts.has_ended:
        if not facts.moves and facts.unreadable is None:
            yield _tell_nothing()
        yield _tell_deadline(facts)


def _on_its_way(facts: OrderFacts) -> Iterator[str]:
    """Yield what was set aside, and what moves, wherever it is."""
    for letter in facts.letters:
        yield _tell_letter(facts, letter)
    for row in facts.unpublished:
        yield _tell_unpublished(facts, row)
    for event in facts.unhandled:
        yield _tell_unhandled(facts, event)
    for command in facts.asked:
        yield _tell_asked(facts, command)


def _in_the_way(facts: OrderFacts) -> Iterator[str]:
    """Yield what is wrong with the system, whichever order one asks about."""
    if facts.unreadable is not None:
        yield sentence(
            f"Kafka cannot be read, so it is unknown who has consumed what: {facts.unreadable}"
        )
    if facts.unwell:
        unwell = "; ".join(f"{name}: {answer}" for name, answer in facts.unwell.items())
        yield f"{sentence(f'Not everything is well: {unwell}')} See: {program()} status"


def _tell_letter(facts: OrderFacts, letter: Letter) -> str:
    name = f"{letter.service}:{letter.number}"
    failed = (
        "got no answer that it can go on with to" if letter.fact in ASKS else "could not handle"
    )
    told = (
        f"{letter.service} {failed} {letter.fact} {_ago(facts, letter.since)} and set it "
        f"aside as {name}: {sentence(letter.error)}"
    )
    redrive = f'{program()} dead-letters redrive {name} --reason "..."'
    if facts.has_ended:
        return f"{told} The order has ended without it. To have it done all the same: {redrive} (or discard)"
    return (
        f"{told} An operator ends the wait. Repair what is wrong, then: {redrive} "
        "(or discard, to go on without it)"
    )


def _tell_unpublished(facts: OrderFacts, row: Unpublished) -> str:
    return (
        f"{row.service} has emitted {row.event} {_ago(facts, row.since)}; it is in its outbox and not "
        "on its topic. The relay ends the wait: it publishes as soon as it runs and Kafka takes it."
    )


def _tell_unhandled(facts: OrderFacts, event: Unhandled) -> str:
    before = (
        f"It has {count(event.before, 'record')} to get through before." if event.before else ""
    )
    return (
        f"{event.service} has not handled {event.event}, emitted by {event.emitted_by} "
        f"{_ago(facts, event.since)}. {before}"
    ).rstrip()


def _tell_asked(facts: OrderFacts, command: RequestedCommand) -> str:
    asks = ASKS.get(command.command, f"has asked for {command.command}")
    told = f"{command.service} {asks}, {_ago(facts, command.since)}, and has no answer yet."
    if command.failures:
        failed = f"It failed {count(command.failures, 'time')}, last with {command.last_error}"
        told += f" {sentence(failed)}"
    return (
        f"{told} It asks again until there is one, as one request with one key; after ASK_FOR_S "
        "seconds it is set aside for people."
    )


def _tell_nothing() -> str:
    return (
        "Nothing of it is on its way or set aside. It may have moved while this was looked up: ask "
        f"again. If it stays so, something is lost: {program()} audit"
    )


def _tell_deadline(facts: OrderFacts) -> str:
    """Return what the deadline does: it stops an order that can be stopped, and settles nothing by itself."""
    at = clock(facts.deadline)
    standing = facts.standing
    if standing is not None and standing.shipment == "initiated":
        return f"Its deadline at {at} ends nothing: its parcel is on its way."
    if standing is not None and standing.is_being_cancelled:
        return f"Its deadline at {at} changes nothing: it is being cancelled already."
    if standing is not None and standing.overdue:
        return (
            f"Its deadline was {at}: order has emitted OrderOverdue, and {DECIDES}.{_first(facts)}"
        )
    if facts.now < facts.deadline:
        left = span(facts.deadline - facts.now)
        return (
            f"The deadline at {at} (in {left}) ends the wait: order emits OrderOverdue, "
            f"{DECIDES}.{_first(facts)}"
        )
    return f"Its deadline was {at}, and order has not emitted OrderOverdue: does order-worker run?"


def _first(facts: OrderFacts) -> str:
    """Commands whose answer is needed even then: no other book says what was done."""
    asked = (ANSWERS_FIRST.get(command.command) for command in facts.asked)
    return "".join(f" Before it ends, {answer}." for answer in asked if answer)


def _ago(facts: OrderFacts, since: datetime) -> str:
    return f"{span(facts.now - since)} ago"
