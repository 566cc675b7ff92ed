"""Refuses unknown parameters of an address: a misspelt `limit` must not give the usual page.

Where probes, scrapers and browsers ask (health, metrics, pages about the gateway), they may add what they like.
"""

from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import HTTPConnection
from starlette.types import Scope

from gateway.problems.problem import FieldError, ProblemError
from gateway.problems.validation_errors import MOST_FAULTS, pointer_to
from gateway.routes import route_of

TICKET = "ticket"
UNKNOWN = "There is no such parameter here."


async def refuse_unknown_parameters(connection: HTTPConnection) -> None:
    """Let only those parameters pass that the endpoint reads.

    It waits for nothing; as a plain function it would be given a thread for each request.

    Raises:
        ProblemError: there are others; they are named, up to a length and a number.
    """
    query = query_of(connection.scope)
    if not query or not route_of(connection.scope).knows_its_parameters:
        return
    known = _known(connection)
    unknown = [name for name in names_in(query) if name not in known][:MOST_FAULTS]
    faults = [FieldError(pointer_to((name,)), UNKNOWN) for name in unknown]
    if faults:
        raise ProblemError("invalid_query", "Some parameters mean nothing here.", errors=faults)


def query_of(scope: Scope) -> str:
    """Return what follows the question mark of an address; whatever is no text is replaced."""
    query: bytes = scope["query_string"]
    return query.decode(errors="replace")


def names_in(query: str) -> list[str]:
    """Return the name of each parameter of an address, those without a value included."""
    return [name for name, _ in parse_qsl(query, keep_blank_values=True)]


def _known(connection: HTTPConnection) -> set[str]:
    endpoint: Any = connection.scope["route"]
    ticket = {TICKET} if route_of(connection.scope).ticket else set()
    return ticket | {one.alias for one in endpoint.dependant.query_params}
