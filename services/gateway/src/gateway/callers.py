"""What a caller may do: every endpoint that is about orders names the scope that it needs."""

from starlette.requests import Request

from gateway.gateway import gateway_of
from gateway.problems import ProblemError
from gateway.tokens import Caller

READ = "orders:read"
WRITE = "orders:write"
OPERATE = "ops"
"""Sees the orders of every customer."""


async def authorise(request: Request, *scopes: str) -> Caller:
    """Who is calling, if the token allows any of these.

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
    if caller.scopes.isdisjoint(scopes):
        challenge = f'Bearer realm="orderstream", error="insufficient_scope", scope="{scopes[0]}"'
        raise ProblemError(
            "insufficient_scope",
            f"The token lacks the scope {scopes[0]}.",
            headers={"WWW-Authenticate": challenge},
        )
    return caller
