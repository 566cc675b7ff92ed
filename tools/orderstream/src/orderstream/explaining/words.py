"""The explanation: where an order stands, what it waits for, since when, and what ends the wait."""

from collections.abc import Iterator
from datetime import datetime

from orderstream.explaining.facts import Asked, Letter, OrderFacts, Unheard, Unpublished
from orderstream.explaining.spans import clock, span
from orderstream.explaining.standing import awaited, tell_standing
from orderstream.wording import count, program

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
    """The explanation, a paragraph each."""
    return [*_explain(facts)]


def _explain(facts: OrderFacts) -> Iterator[str]:
    yield tell_standing(facts)
    if facts.standing is not None and facts.standing.cancellation_refused:
        yield "It was to be stopped; shipping said CancellationRefused: its parcel was on its way."
    if missing := awaited(facts.standing):
        yield f"It waits for {' and for '.join(missing)}."
    yield from _on_its_way(facts)
    yield from _in_the_way(facts)
    if not facts.has_ended:
        if not facts.moves and facts.unreadable is None:
            yield _tell_nothing()
        yield _tell_deadline(facts)


def _on_its_way(facts: OrderFacts) -> Iterator[str]:
    """What was set aside, and what moves, wherever it is."""
    for letter in facts.letters:
        yield _tell_letter(facts, letter)
    for row in facts.unpublished:
        yield _tell_unpublished(facts, row)
    for event in facts.unheard:
        yield _tell_unheard(facts, event)
    for command in facts.asked:
        yield _tell_asked(facts, command)


def _in_the_way(facts: OrderFacts) -> Iterator[str]:
    """What is wrong with the system, whichever order one asks about."""
    if facts.unreadable is not None:
        yield f"Kafka cannot be read, so who has heard what is not known: {facts.unreadable}."
    if facts.unwell:
        unwell = "; ".join(f"{name}: {answer}" for name, answer in facts.unwell.items())
        yield f"Not everything is well: {unwell}. See: {program()} status"


def _tell_letter(facts: OrderFacts, letter: Letter) -> str:
    name = f"{letter.service}:{letter.number}"
    failed = (
        "got no answer that it can go on with to" if letter.fact in ASKS else "could not handle"
    )
    told = (
        f"{letter.service} {failed} {letter.fact} {_ago(facts, letter.since)} and set it "
        f"aside as {name}: {letter.error.rstrip('.')}."
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
        f"{row.service} has said {row.event} {_ago(facts, row.since)}; it is in its outbox and not "
        "on its topic. The relay ends the wait: it publishes as soon as it runs and Kafka takes it."
    )


def _tell_unheard(facts: OrderFacts, event: Unheard) -> str:
    before = (
        f"It has {count(event.before, 'record')} to get through before." if event.before else ""
    )
    return (
        f"{event.service} has not handled {event.event}, said by {event.said_by} "
        f"{_ago(facts, event.since)}. {before}"
    ).rstrip()


def _tell_asked(facts: OrderFacts, command: Asked) -> str:
    asks = ASKS.get(command.command, f"has asked for {command.command}")
    told = f"{command.service} {asks}, {_ago(facts, command.since)}, and has no answer yet."
    if command.failures:
        told += f" It failed {count(command.failures, 'time')}, last with {command.last_error}."
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
    """What the deadline does: it stops an order that can be stopped, and settles nothing by itself."""
    at = clock(facts.deadline)
    standing = facts.standing
    if standing is not None and standing.shipment == "initiated":
        return f"Its deadline at {at} ends nothing: its parcel is on its way."
    if standing is not None and standing.is_being_cancelled:
        return f"Its deadline at {at} changes nothing: it is being cancelled already."
    if standing is not None and standing.overdue:
        return f"Its deadline was {at}: order has said OrderOverdue, and {DECIDES}.{_first(facts)}"
    if facts.now < facts.deadline:
        left = span(facts.deadline - facts.now)
        return (
            f"The deadline at {at} (in {left}) ends the wait: order says OrderOverdue, "
            f"{DECIDES}.{_first(facts)}"
        )
    return f"Its deadline was {at}, and order has not said OrderOverdue: does order-worker run?"


def _first(facts: OrderFacts) -> str:
    """Whose answer is needed even then: nobody else knows what was done."""
    asked = (ANSWERS_FIRST.get(command.command) for command in facts.asked)
    return "".join(f" Before it ends, {answer}." for answer in asked if answer)


def _ago(facts: OrderFacts, since: datetime) -> str:
    return f"{span(facts.now - since)} ago"
