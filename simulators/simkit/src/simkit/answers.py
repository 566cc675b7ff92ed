"""What a simulator answers, before it is HTTP."""

import json
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from simkit.connections import keep_silent, lose_connection

Body = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """A status and a JSON body; `lost` and `silent` say that the client will never see it."""

    status: int
    body: Body
    lost: bool = False
    silent: bool = False
    replayed: bool = False

    def as_response(self) -> Response:
        """Give the answer as HTTP, as a connection that breaks, or as one on which nothing comes."""
        if self.lost:
            return LostAnswer()
        if self.silent:
            return SilentAnswer()
        response = json_response(self.body, self.status)
        if self.replayed:
            response.headers["Idempotent-Replayed"] = "true"
        return response


class Refused(Exception):  # noqa: N818 - it is an answer, not an error of ours
    """The request is refused before it had any effect; carries the answer that says why."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.body)
        self.answer = answer


class LostAnswer(Response):
    """No answer at all: the connection is cut."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        """Cut the connection instead of sending."""
        await lose_connection(scope, receive)


class SilentAnswer(Response):
    """No answer at all: the connection stays open until the client gives up."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        """Keep the client waiting instead of sending."""
        await keep_silent(scope, receive)


def json_response(body: object, status: int = 200) -> Response:
    """Write a body that is made of plain values only: no encoder has to walk it first."""
    text = json.dumps(body, separators=(",", ":"))
    return Response(text, status, media_type="application/json")
