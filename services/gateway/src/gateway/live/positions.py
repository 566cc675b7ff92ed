"""From where a reader goes on: the sequence of the last message that it has."""

import re

from starlette.requests import HTTPConnection

from gateway.problems.problem import Fault, ProblemError

_SEQUENCE = re.compile(r"[0-9]{1,9}")


def position_of(connection: HTTPConnection, after: str | None) -> int:
    """What `Last-Event-ID` says, else `after` from the query, else 0: from the beginning.

    `EventSource` repeats the address it was given, so what its header says is newer.

    Raises:
        ProblemError: it is no position.
    """
    header = connection.headers.get("last-event-id")
    pointer, text = ("/Last-Event-ID", header) if header else ("/after", after)
    if text is None:
        return 0
    if not _SEQUENCE.fullmatch(text):
        fault = Fault(pointer, "Is not the sequence of a message.")
        raise ProblemError("invalid_query", "The position is wrong.", errors=[fault])
    return int(text)
