"""If-Match: nothing is done or given under a condition that does not hold.

Source: RFC 9110, section 13.1.1.
"""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.http.exception_handlers import refuse
from gateway.http.fields import whole
from gateway.problems.problem import ProblemError

FIELD = "if-match"
SAFE = ("GET", "HEAD")
UNKEPT = ProblemError(
    "precondition_failed", "Nothing here is changed under If-Match; nothing was done."
)
CHANGED = ProblemError("precondition_failed", "What is here is not what If-Match names.")


class Preconditions:
    """ASGI middleware: rejects changes with If-Match, and reads of what has another entity tag."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, or refuse."""
        if scope["type"] != "http" or FIELD not in (asked := Headers(scope=scope)):
            await self._app(scope, receive, send)
        elif scope["method"] not in SAFE:
            await refuse(scope, receive, send, UNKEPT)
        else:
            await self._app(scope, receive, _checking(scope, receive, send, whole(asked, FIELD)))


def _checking(scope: Scope, receive: Receive, send: Send, named: str) -> Send:
    """Return what sends an answer on, or a refusal in its place."""
    refused = False

    async def send_checked(message: Message) -> None:
        nonlocal refused
        if message["type"] == "http.response.start" and message["status"] == 200:  # noqa: PLR2004
            tag = Headers(raw=message["headers"]).get("etag")
            refused = tag is not None and not _holds(named, tag)
            if refused:
                await refuse(scope, receive, send, CHANGED)
        if not refused:
            await send(message)

    return send_checked


def _holds(named: str, tag: str) -> bool:
    """Return whether one of the tags is this one; a weak one is none (RFC 9110, 8.8.3.2)."""
    tags = [one.strip() for one in named.split(",")]
    return tags == ["*"] or (not tag.startswith("W/") and tag in tags)
