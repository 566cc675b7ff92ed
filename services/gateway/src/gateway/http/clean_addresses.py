"""No card number in the address of a request: whoever stands between us and the client logs those."""

from urllib.parse import unquote_plus

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.http.card_numbers import looks_like_card
from gateway.problems.problem import ProblemError
from gateway.problems.telling import refuse


class CleanAddresses:
    """ASGI middleware that refuses what nobody should have sent, in a path or in a query."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, or refuse; what was sent is not repeated."""
        if scope["type"] != "lifespan" and _holds_card(scope):
            detail = "The address holds what looks like a card number."
            await refuse(scope, receive, send, ProblemError("card_number_refused", detail))
            return
        await self._app(scope, receive, send)


def _holds_card(scope: Scope) -> bool:
    query = unquote_plus(scope["query_string"].decode("latin-1"))
    return looks_like_card(scope["path"]) or looks_like_card(query)
