"""What a caller may do: the route table says which scopes an endpoint asks for."""

from starlette.requests import Request

from gateway.gateway import gateway_of
from gateway.problems import ProblemError
from gateway.route_table import route_of
from gateway.tokens import Caller


async def authorise(request: Request) -> Caller:
    """Who is calling, if the token has any of the scopes in the route's row.

    Raises:
        ProblemError: no token, no valid one, or one that does not allow it.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise ProblemError(
            "token_missing",
            "This needs a bearer token.",
            headers={"WWW-Authenticate": 'Bearer realm="orderstream"'},
        )
    caller = await gateway_of(request).tokens.verify(token.strip())
    scopes = route_of(request.scope).scopes
    if caller.scopes.isdisjoint(scopes):
        challenge = f'Bearer realm="orderstream", error="insufficient_scope", scope="{scopes[0]}"'
        raise ProblemError(
            "insufficient_scope",
            f"The token lacks the scope {scopes[0]}.",
            headers={"WWW-Authenticate": challenge},
        )
    return caller
