"""What a caller may do: the route table says which scopes an endpoint asks for."""

from starlette.requests import HTTPConnection

from gateway.challenges import authorization_repeated, insufficient_scope, token_missing
from gateway.claims import Caller
from gateway.gateway import gateway_of
from gateway.route_table import route_of


async def authorise(request: HTTPConnection) -> Caller:
    """Who is calling, if the token has any of the scopes in the route's row.

    Raises:
        ProblemError: no token, no valid one, or one that does not allow it.
    """
    caller = await gateway_of(request).tokens.verify(bearer_token(request))
    scopes = route_of(request.scope).scopes
    if caller.scopes.isdisjoint(scopes):
        raise insufficient_scope(scopes[0])
    return caller


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
