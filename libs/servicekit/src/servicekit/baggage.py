"""W3C baggage: what a request asks to be carried along with everything that follows from it.

Source: https://www.w3.org/TR/baggage/ (a list of `name=value`, with properties that are not used here).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import quote, unquote

current_baggage: ContextVar[str | None] = ContextVar("current_baggage", default=None)
"""What the work at hand carries; calls to other systems hand it on."""


@contextmanager
def carrying(baggage: str | None) -> Iterator[None]:
    """Let what is done inside carry this baggage."""
    token = current_baggage.set(baggage)
    try:
        yield
    finally:
        current_baggage.reset(token)


def read_baggage(baggage: str | None, name: str) -> str | None:
    """Return one value of a baggage; None where it is not among what is carried."""
    for member in (baggage or "").split(","):
        key, _, value = member.partition(";")[0].partition("=")
        if key.strip() == name:
            return unquote(value.strip())
    return None


def write_baggage(name: str, value: str) -> str:
    """Return the baggage that carries this one value."""
    return f"{name}={quote(value, safe='')}"
