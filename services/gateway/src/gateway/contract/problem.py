"""The documents that tell of problems (RFC 9457), and an example of each kind."""

from typing import Any

from pydantic import BaseModel, Field

from gateway.problems.kinds.catalogue import KINDS


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
    """A document such as a client could get for one kind of problem."""
    kind = KINDS[code]
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
