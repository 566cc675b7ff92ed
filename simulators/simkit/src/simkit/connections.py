"""Lets an answer be lost on purpose: the request arrived, and the connection goes down."""

from starlette.types import Receive, Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

ABORT = "simkit.abort"
FALLS_SILENT = "simkit.falls-silent"
"""Called when a request will not be answered: it cannot be seen from outside."""


class LosableConnection(HttpToolsProtocol):
    """An HTTP connection that the application may cut: ASGI itself has no way to."""

    def on_message_begin(self) -> None:
        """Give each request the means to cut its own connection."""
        super().on_message_begin()
        extensions: dict[str, object] = {ABORT: self.transport.abort}
        self.scope["extensions"] = extensions  # type: ignore[typeddict-item]


async def lose_connection(scope: Scope, receive: Receive) -> None:
    """Cut the connection of a request without a word, and wait until it is gone."""
    scope["extensions"][ABORT]()
    await keep_silent(scope, receive)


async def keep_silent(scope: Scope, receive: Receive) -> None:
    """Say nothing until the client has gone."""
    scope["extensions"].get(FALLS_SILENT, _nobody)()
    while (await receive())["type"] != "http.disconnect":
        pass


def _nobody() -> None:
    """Ignore it."""
