"""Sorting what a neighbour answers over HTTP: done, a no that we know, a final no, later, unknown.

What a code means is a table of each neighbour's own, made of its documentation; what no table names
is sorted by its status. See docs/answers.md.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Generic, Protocol, TypeVar

import httpx
from pydantic import BaseModel, ValidationError
from servicekit import seconds_of
from servicekit.caller import Caller, NoReplyError, Reply

from messaging.commands.answers import NoAnswerError, RefusedError, TryAgainError, reason_of

LONGEST_WAIT_S = 300.0
"""Whatever a neighbour wants: an order's customer waits."""
CODE = re.compile(r"[A-Za-z0-9_.-]{1,100}")


class Sort(StrEnum):
    """Meaning of an answer for the command."""

    DONE = "done"
    NO = "no"
    FINAL = "final no"
    TRY_AGAIN = "try again"
    UNKNOWN = "unknown"


BY_STATUS = {
    # About our credentials, and not about the order.
    HTTPStatus.UNAUTHORIZED: Sort.TRY_AGAIN,
    HTTPStatus.FORBIDDEN: Sort.TRY_AGAIN,
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED: Sort.TRY_AGAIN,
    HTTPStatus.REQUEST_TIMEOUT: Sort.TRY_AGAIN,
    HTTPStatus.CONFLICT: Sort.TRY_AGAIN,  # the key is in use
    HTTPStatus.TOO_EARLY: Sort.TRY_AGAIN,
    HTTPStatus.TOO_MANY_REQUESTS: Sort.TRY_AGAIN,
    HTTPStatus.SERVICE_UNAVAILABLE: Sort.TRY_AGAIN,
}
"""What everybody's statuses mean; of the others, 2xx is done, 4xx a final no, the rest unknown."""

Table = Mapping[tuple[int, str], Sort]
"""By status and code; an empty code stands for every other one."""


class Refusal(Protocol):
    """A neighbour's error object."""

    @property
    def names(self) -> Sequence[str]:
        """What the table may know it by, the most telling first."""
        ...

    @property
    def message(self) -> str:
        """What the neighbour says to people."""
        ...


E = TypeVar("E", bound=BaseModel)
R = TypeVar("R", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class No(Generic[R]):
    """A no that means something to the business: `error` is what the neighbour said."""

    error: R


def sort(table: Table, status: int, names: Iterable[str] = ()) -> Sort:
    """Return what an answer with this status means, if it is known by one of these names."""
    for name in (*names, ""):
        if (status, name) in table:
            return table[status, name]
    if status in BY_STATUS:
        return BY_STATUS[HTTPStatus(status)]
    if httpx.codes.is_success(status):
        return Sort.DONE
    return Sort.FINAL if httpx.codes.is_client_error(status) else Sort.UNKNOWN


class Neighbour(Generic[R]):
    """One neighbour: how it is called, and how its errors read."""

    def __init__(self, caller: Caller, error_type: type[R]) -> None:
        self._caller = caller
        self._error_type = error_type

    async def ask(
        self,
        path: str,
        body: object,
        wanted: type[E],
        table: Table,
        *,
        idempotency_key: str,
        template: str | None = None,
        secrets: Iterable[str] = (),
    ) -> E | No[R]:
        """Send one request; gives what was wanted, or a no that the table of this request knows.

        `template` is the path with names in place of ids, by which a trace names the request.
        `secrets` are parts of the request that no reason may tell.

        Raises:
            RefusedError: the neighbour says no for good.
            TryAgainError: it says: not now.
            NoAnswerError: it is unknown what was done.
        """
        try:
            reply = await self._caller.post(
                path, body, idempotency_key=idempotency_key, template=template
            )
        except NoReplyError as lost:
            raise NoAnswerError(f"no answer: {lost}") from lost
        if sort(table, reply.status) is Sort.DONE:
            return _wanted(wanted, reply)
        error = _read(self._error_type, reply)
        sorted_as = sort(table, reply.status, _names(error))
        words = reason_of(_words(reply, error), secrets)
        if sorted_as is Sort.TRY_AGAIN:
            raise TryAgainError(words, seconds_of(reply.headers.get("retry-after"), LONGEST_WAIT_S))
        if error is None or sorted_as is Sort.UNKNOWN:
            raise NoAnswerError(words)
        if sorted_as is Sort.FINAL:
            raise RefusedError(words)
        return No(error)


def _read(model: type[R], reply: Reply) -> R | None:
    """Parse the body of the response; None if it is of another kind."""
    if not reply.is_json:
        return None
    try:
        return model.model_validate_json(reply.body)
    except ValidationError:
        return None


def _wanted(model: type[E], reply: Reply) -> E:
    found = _read(model, reply)
    if found is None:
        raise NoAnswerError(f"answered {reply.status} with what is no {model.__name__.lower()}")
    return found


def _names(error: BaseModel | None) -> list[str]:
    names: Sequence[str] = getattr(error, "names", ())
    return [name for name in names if name]


def _words(reply: Reply, error: BaseModel | None) -> str:
    """Return the status, and what the neighbour says about it in its own words."""
    if error is None:
        return f"answered {reply.status} with a body that cannot be read"
    told = [*_names(error)[:1], getattr(error, "message", "")]
    return ": ".join([str(reply.status), *filter(None, told)])
