"""What an answer of the outside world means, where it is not what was asked for."""

from collections.abc import Iterable

from servicekit import storable

from messaging.model.commands import Command
from messaging.model.facts import CommandRefused

LONGEST_REASON = 300
SHORTEST_MASKED = 3
"""A part of a request that is shorter stands in any text by chance."""
MASK = "(masked)"


class NoAnswerError(Exception):
    """An unknown result of a request: it is made again, with the same key."""

    def __init__(self, reason: str) -> None:
        self.reason = reason_of(reason)
        super().__init__(self.reason)


class TryAgainError(NoAnswerError):
    """The neighbour says: not now. `after_s` is how long it wants to be left alone, if it says so."""

    def __init__(self, reason: str, after_s: float | None = None) -> None:
        super().__init__(reason)
        self.after_s = after_s


class RefusedError(Exception):
    """The neighbour says no, and will say so however often it is asked."""

    def __init__(self, reason: str) -> None:
        self.reason = reason_of(reason)
        super().__init__(self.reason)


def reason_of(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a neighbour's words, fit to be kept and shown: short, storable, on one line.

    `secrets` are parts of the request that it may have said back to us: people, cards.
    """
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= SHORTEST_MASKED:
            text = text.replace(secret, MASK)
    told = " ".join(storable(text).split())
    return told if len(told) <= LONGEST_REASON else f"{told[: LONGEST_REASON - 1]}…"


def words_of(error: Exception) -> str:
    """Return the words about a try that failed: the neighbour's own where there are any."""
    told = getattr(error, "reason", None)
    return told if isinstance(told, str) else reason_of(repr(error))


def refused(command: Command, reason: str, *, is_final: bool = True) -> CommandRefused:
    """Return the fact that a command has ended with a no, or with an unknown result."""
    return CommandRefused(
        order_id=command.order_id,
        command=command.kind(),
        body=command.model_dump_json(),
        reason=reason_of(reason),
        is_final=is_final,
    )
