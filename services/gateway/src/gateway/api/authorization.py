"""What a caller may do: the route table names the scopes that an endpoint requires."""

from collections.abc import Sequence

from servicekit.http.networks import network_of
from starlette.requests import HTTPConnection

from gateway.auth.claims import Caller, authorization_repeated, insufficient_scope, token_missing
from gateway.database import database_or_503
from gateway.http.middleware import only_asks_about
from gateway.http.request_context import honour_trace, note_headers
from gateway.problems.problem import ProblemError
from gateway.rate_limiting.limiter import rate_limited
from gateway.routes import OPERATE, TRACE, route_of
from gateway.state.gateway import gateway_of


async def authorise(request: HTTPConnection) -> Caller:
    """Identify the caller, whose token has to have any of the scopes in the route's row.

    The request counts towards the caller's limit.

    Raises:
        ProblemError: no token, no valid one, one that does not allow it, or one request too many.
    """
    try:
        caller = await gateway_of(request).tokens.verify(bearer_token(request))
    except ProblemError:
        await limit_address(request)  # guessing tokens is slowed down as well
        raise
    await limit_customer(request, caller)
    check_scopes(caller, route_of(request.scope).scopes)
    if not caller.scopes.isdisjoint((OPERATE, TRACE)):
        honour_trace(request.scope)
    return caller


def check_scopes(caller: Caller, scopes: Sequence[str]) -> None:
    """Let only those go on who have one of these scopes.

    Raises:
        ProblemError: the caller has none of them.
    """
    if caller.scopes.isdisjoint(scopes):
        raise insufficient_scope(scopes[0])


def bearer_token(request: HTTPConnection) -> str:
    """Return the token that a request was sent with. Source: RFC 6750, section 2.1.

    Raises:
        ProblemError: there is none, or more than one.
    """
    sent = request.headers.getlist("authorization")
    if len(sent) > 1:
        raise authorization_repeated()
    scheme, _, token = "".join(sent).partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise token_missing()
    return token.strip()


async def limit_customer(connection: HTTPConnection, caller: Caller) -> None:
    """Count a request of a caller whose token is good, and announce what is left.

    Raises:
        ProblemError: it is one too many.
    """
    await _limit(connection, f"customer/{caller.customer_id}")


async def limit_address(connection: HTTPConnection) -> None:
    """Count a request of somebody unknown, whose token was missing, not good, or not needed.

    Raises:
        ProblemError: it is one too many.
    """
    host = connection.client.host if connection.client else ""
    await _limit(connection, f"address/{network_of(host)}")


async def _limit(connection: HTTPConnection, client: str) -> None:
    route = route_of(connection.scope)
    counted = await gateway_of(connection).limiter.count(route, client)
    if counted is None:
        return
    within, status = counted
    note_headers(connection.scope, *status.headers())
    if not within:
        raise rate_limited(status)


async def authorise_stream(connection: HTTPConnection) -> Caller:
    """Identify the caller by token or by ticket, if the route's row allows it.

    Raises:
        ProblemError: neither is there or valid, it does not allow this, or this is once too often.
    """
    ticket = connection.query_params.get("ticket")
    if ticket is None:
        return await authorise(connection)
    tickets = gateway_of(connection).tickets
    take = tickets.look_at if only_asks_about(connection.scope) else tickets.redeem
    try:
        with database_or_503():
            caller = await take(ticket, connection.url.path)
    except ProblemError:
        await limit_address(connection)
        raise
    await limit_customer(connection, caller)
    check_scopes(caller, route_of(connection.scope).scopes)
    return caller
