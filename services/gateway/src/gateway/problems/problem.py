"""Everything that the gateway refuses, as problem documents with a stable code.

Source: RFC 9457 (Problem Details for HTTP APIs). The `type` of a problem leads to `/problems/CODE`.
The kinds of problems are in `gateway.problems.kinds`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from gateway.problems.kinds.catalogue import KINDS

MEDIA_TYPE = "application/problem+json"
UNAVAILABLE = 503


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one part of a request; `pointer` is a JSON pointer (RFC 6901) into it."""

    pointer: str
    detail: str


class ProblemError(Exception):
    """A request cannot be done; `code` is one of `KINDS`. Nothing that was sent is repeated."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}


def problem_response(problem: ProblemError, request_id: str) -> Response:
    """The answer that tells a client of a problem."""
    kind = KINDS[problem.code]
    document = {
        "type": f"/problems/{problem.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
        "code": problem.code,
        "errors": [{"pointer": fault.pointer, "detail": fault.detail} for fault in problem.errors],
        "request_id": request_id,
    }
    again = {"Retry-After": "1"} if kind.status == UNAVAILABLE else {}
    return Response(
        json.dumps(document),
        status_code=kind.status,
        headers={**again, "Cache-Control": "no-store", **problem.headers},
        media_type=MEDIA_TYPE,
    )
