"""What a caller may do: the route table says which scopes an endpoint asks for."""

from collections.abc import Sequence

from starlette.requests import HTTPConnection

from gateway.gateway import gateway_of
from gateway.identity.challenges import authorization_repeated, insufficient_scope, token_missing
from gateway.identity.claims import Caller
from gateway.limiting.clients import limit_address, limit_customer
from gateway.problems.problem import ProblemError
from gateway.route_table import route_of


async def authorise(request: HTTPConnection) -> Caller:
    """Who is calling, if the token has any of the scopes in the route's row.

    What it asks counts towards its limit.

    Raises:
        ProblemError: no token, no valid one, one that does not allow it, or one request too many.
    """
    try:
        caller = await gateway_of(request).tokens.verify(bearer_token(request))
    except ProblemError:
        await limit_address(request)  # whoever tries tokens is slowed down as well
        raise
    await limit_customer(request, caller)
    check_scopes(caller, route_of(request.scope).scopes)
    return caller


def check_scopes(caller: Caller, scopes: Sequence[str]) -> None:
    """Let only those go on who have one of these scopes.

    Raises:
        ProblemError: the caller has none of them.
    """
    if caller.scopes.isdisjoint(scopes):
        raise insufficient_scope(scopes[0])


def bearer_token(request: HTTPConnection) -> str:
    """The token that a request was sent with. Source: RFC 6750, section 2.1.

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
