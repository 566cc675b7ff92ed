"""Any answer that a neighbour could give instead of what was asked for, on request."""

import asyncio
from typing import Any, Literal

from pydantic import BaseModel, Field
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from simkit.answers import Body, json_response
from simkit.connections import lose_connection

TOO_LARGE = 1024 * 1024
PROMISED = 1000
JSON = "application/json"
SENSELESS = {
    "garbage": b'{"id": \x00\xff nothing',
    "empty": b"",
    "too_large": b'"' + b"x" * TOO_LARGE + b'"',
    "wrong_shape": b'[{"id": 7}, null]',
}


class AnswerSwitches(BaseModel):
    """What so many requests are answered with; nothing is done about them."""

    answer_next: int = Field(
        0, ge=0, description="answer so many requests as the next switches say; nothing is done"
    )
    answer_status: int = Field(400, ge=200, le=599, description="the status of these answers")
    answer_code: str = Field("", description="the code of the error in them")
    answer_retry_after: str = Field("", description="their `Retry-After`")
    answer_body: Literal[
        "error", "garbage", "empty", "truncated", "too_large", "wrong_type", "wrong_shape"
    ] = Field(
        "error",
        description="their body: error, garbage, empty, truncated, too_large (1 MiB), wrong_type "
        "(HTML) or wrong_shape (JSON that says nothing)",
    )
    answer_delay_ms: int = Field(0, ge=0, description="time to give them, ms")
    answer_to: str = Field("", description="only requests whose path ends so, such as /capture")

    def strikes(self, path: str) -> bool:
        """Return whether a request for this path may be struck."""
        return path.endswith(self.answer_to)


async def bad_answer(wanted: AnswerSwitches, error: Body) -> Response:
    """Return the answer that the switches ask for; `error` is the simulator's own error body."""
    await asyncio.sleep(wanted.answer_delay_ms / 1000)
    response = _response(wanted, error)
    if wanted.answer_retry_after:
        response.headers["Retry-After"] = wanted.answer_retry_after
    return response


def _response(wanted: AnswerSwitches, error: Body) -> Response:
    status = wanted.answer_status
    match wanted.answer_body:
        case "truncated":
            return TruncatedAnswer(b'{"id": "', status, media_type=JSON)
        case "wrong_type":
            return Response("<h1>Somebody in between</h1>", status, media_type="text/html")
        case "error":
            return json_response(_coded(error, wanted.answer_code), status)
        case kind:
            return Response(SENSELESS[kind], status, media_type=JSON)


def _coded(error: Body, code: str) -> Body:
    """Return the simulator's own error with another code."""
    told: dict[str, Any] = {**error["error"], "message": "It was asked to answer so."}
    return {"error": told | ({"code": code} if code else {})}


class TruncatedAnswer(Response):
    """An answer of which more was promised than comes before the connection is cut."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the beginning, then cut the connection."""
        headers = [(b"content-type", JSON.encode()), (b"content-length", b"%d" % PROMISED)]
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        await lose_connection(scope, receive)
