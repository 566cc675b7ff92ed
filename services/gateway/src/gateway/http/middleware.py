"""ASGI middleware about requests as such: HEAD is answered, addresses that are ambiguous or hold card numbers are not."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.http.card_numbers import looks_like_card
from gateway.http.exception_handlers import refuse
from gateway.http.known_parameters import names_in, query_of
from gateway.problems.problem import ProblemError

ASKED_ABOUT = "orderstream.asked_about"


def only_asks_about(scope: Scope) -> bool:
    """Return whether a request is HEAD, though it looks like GET: it must consume nothing (RFC 9110, 9.2.1)."""
    return ASKED_ABOUT in scope


class HeadRequests:
    """ASGI middleware: answers HEAD as GET, without the body; a stream ends before it begins."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer a GET, and keep of it what HEAD is about."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        told = False

        async def receive_end() -> Message:
            return {"type": "http.disconnect"} if told else await receive()

        async def send_head(message: Message) -> None:
            nonlocal told
            if message["type"] == "http.response.start":
                told = True
                await send(message)
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        asked = {**scope, "method": "GET", ASKED_ABOUT: True}
        try:
            await self._app(asked, receive_end, send_head)
        finally:
            scope["route"] = asked.get("route")  # for the line in the log


class CleanAddresses:
    """ASGI middleware that rejects card numbers in an address, and parameters that are there twice."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, or refuse; what was sent is not repeated."""
        problem = _wrong(scope) if scope["type"] != "lifespan" else None
        if problem is not None:
            await refuse(scope, receive, send, problem)
            return
        await self._app(scope, receive, send)


def _wrong(scope: Scope) -> ProblemError | None:
    query = query_of(scope)
    if looks_like_card(scope["path"]) or looks_like_card(query):
        detail = "The address holds what looks like a card number."
        return ProblemError("card_number_refused", detail)
    names = names_in(query)
    if len(names) != len(set(names)):
        return ProblemError("invalid_query", "A parameter is there more than once.")
    return None
