"""Where an order may rest until operators act: what is reported to them must really hold it up."""

from collections.abc import Sequence

from choreography.actors import Letter
from choreography.endings import Ending
from choreography.exploring import BadEndingError
from notifier.commands import SendMail
from payment.commands import AuthorizePayment
from payment.lifecycle import PaymentStatus
from shipping.commands import BookParcel
from shipping.lifecycle import ShipmentStatus

STOPPABLE = (AuthorizePayment, BookParcel)
"""A final no to these means that nothing was begun: whoever stops the order need not wait."""


def is_held(ending: Ending, letters: Sequence[Letter]) -> bool:
    """Whether it waits for people: before its end, or with a message whose outcome is unknown."""
    return any(
        not ending.has_ended or (isinstance(letter.command, SendMail) and not letter.is_final)
        for letter in letters
    )


def waits_for_its_deadline(ending: Ending) -> bool:
    """Whether operators have given it up, and it is not stopped yet; the deadline is explored too."""
    given_up = (PaymentStatus.REFUSED, ShipmentStatus.REFUSED)
    stands = (ending.payment.status, ending.shipment.status)
    return not _is_stopped(ending) and any(one in given_up for one in stands)


def held(ending: Ending, letters: Sequence[Letter]) -> str:
    """What such a rest is called.

    Raises:
        BadEndingError: the order was to be stopped, and could be.
    """
    for letter in letters:
        if letter.is_final and isinstance(letter.command, STOPPABLE) and _is_stopped(ending):
            raise BadEndingError(
                f"{letter.command.kind()} got a no, and the order cannot be stopped"
            )
    kinds = sorted(letter.command.kind() for letter in letters)
    return f"held: {', '.join(kinds)}"


def _is_stopped(ending: Ending) -> bool:
    return bool(ending.customer_asked or ending.order.overdue)
