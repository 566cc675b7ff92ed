"""Everything that the gateway refuses, as problem documents with a stable code.

Source: RFC 9457 (Problem Details for HTTP APIs). The `type` of a problem leads to `/problems/CODE`.
Their types are in `gateway.problems.problem_types`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field
from starlette.responses import Response

from gateway.problems.problem_types.orders import ORDERS
from gateway.problems.problem_types.outages import OUTAGES
from gateway.problems.problem_types.problem_type import ProblemType
from gateway.problems.problem_types.requests import REQUESTS
from gateway.problems.problem_types.subscriptions import STREAMS, WEBHOOKS

MEDIA_TYPE = "application/problem+json"
UNAVAILABLE = 503


@dataclass(frozen=True, slots=True)
class FieldError:
    """Fault of one part of a request; `pointer` is a JSON pointer (RFC 6901) into it."""

    pointer: str
    detail: str


class ProblemError(Exception):
    """A request cannot be done; `code` is one of `PROBLEM_TYPES`. Nothing that was sent is repeated."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}


def problem_response(problem: ProblemError, request_id: str) -> Response:
    """Return the response with a problem document."""
    kind = PROBLEM_TYPES[problem.code]
    document = {
        "type": f"/problems/{problem.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
        "code": problem.code,
        "errors": [{"pointer": one.pointer, "detail": one.detail} for one in problem.errors],
        "request_id": request_id,
    }
    again = {"Retry-After": "1"} if kind.status == UNAVAILABLE else {}
    return Response(
        json.dumps(document),
        status_code=kind.status,
        headers={**again, "Cache-Control": "no-store", **problem.headers},
        media_type=MEDIA_TYPE,
    )


PROBLEM_TYPES: Mapping[str, ProblemType] = dict(
    sorted(
        {**REQUESTS, **ORDERS, **OUTAGES, **STREAMS, **WEBHOOKS}.items(),
        key=lambda item: item[1].status,
    )
)


def pointer_part(name: str) -> str:
    """Return a name as a part of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


class FaultDocument(BaseModel):
    """What is wrong with one part of the request."""

    pointer: str = Field(
        description="Where: a JSON pointer (RFC 6901) into the body, or `/` and a parameter's name."
    )
    detail: str


class Problem(BaseModel):
    """Why a request was refused."""

    type: str = Field(
        description="Leads to a page about this kind of problem.",
        json_schema_extra={"format": "uri-reference"},
    )
    title: str = Field(description="The kind of problem, for people.")
    status: int = Field(ge=400, le=599)
    detail: str = Field(description="This very problem, for people.")
    code: str = Field(description="The kind of problem, for programs: it stays the same.")
    errors: list[FaultDocument] = Field(
        description="The parts of the request that are wrong, as far as it is about parts."
    )
    request_id: str = Field(description="Names the request in the gateway's log.")


def example_of(code: str) -> dict[str, Any]:
    """Return a document such as a client could get for one kind of problem."""
    kind = PROBLEM_TYPES[code]
    pointers = [kind.example] if kind.example else []
    return {
        "type": f"/problems/{code}",
        "title": kind.title,
        "status": kind.status,
        "detail": kind.cause,
        "code": code,
        "errors": [{"pointer": pointer, "detail": kind.title + "."} for pointer in pointers],
        "request_id": "8d0f9d2c4f5e4b6fa6a1f3f0c2b7e9d4",
    }
