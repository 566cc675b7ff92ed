"""Strikes the requests that the switches ask for, before the simulator itself sees them."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simkit.answers import Body, json_response
from simkit.bad_answers import bad_answer
from simkit.connections import lose_connection
from simkit.fault_switches import Behaviour, Switches


class Misbehaving:
    """ASGI middleware over the simulated interface; health, books and admin stay well-behaved."""

    def __init__(
        self, app: ASGIApp, *, switches: Switches[Behaviour], prefix: str, error: Body
    ) -> None:
        self._app = app
        self._switches = switches
        self._prefix = prefix
        self._error = error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer badly if it is time to, else let the request through."""
        try:
            await self._answer(scope, receive, send)
        except asyncio.CancelledError:
            # Only a server that stops cancels a request, and only one that still waits for its
            # effect: nothing was done, and the client may be told so.
            await json_response(self._error, 503)(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(self._prefix):
            await self._app(scope, receive, send)
        elif self._switches.now.strikes(scope["path"]) and self._switches.take("answer_next"):
            answer = await bad_answer(self._switches.now, self._error)
            await answer(scope, receive, send)
        elif self._switches.take("error_next"):
            await json_response(self._error, 500)(scope, receive, send)
        elif self._switches.take("drop_next"):
            await lose_connection(scope, receive)
        elif self._switches.take("lose_answer_next"):
            await self._app(scope, receive, _nowhere)
            await lose_connection(scope, receive)
        else:
            await self._app(scope, receive, send)


async def _nowhere(_message: Message) -> None:
    """Send nothing: the client is not to know."""
