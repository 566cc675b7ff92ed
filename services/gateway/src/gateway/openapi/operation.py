"""What an endpoint promises, in the form in which FastAPI takes it.

Only what is particular to the endpoint stands here: what follows from its row in the route table,
from its parameters and its body is added by `gateway.openapi.document`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from gateway.openapi.examples import example
from gateway.openapi.headers import ALWAYS, header
from gateway.openapi.parameters import parameter
from gateway.problems.problem import MEDIA_TYPE, PROBLEM_TYPES

BODIES: dict[str, type[BaseModel]] = {}
"""The models of bodies that endpoints read themselves, of which FastAPI knows nothing; `operation` collects them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One way for an endpoint to answer; without a `model` the answer has no JSON body.

    `example` is one of `gateway.openapi.examples`; `links` name operations that take the answered order's id, so that clients can go on from here.
    `media` are bodies of other types, with an example of each.
    """

    status: int
    says: str
    model: type[BaseModel] | None = None
    example: str | None = None
    headers: Sequence[str] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    media: Mapping[str, str] = field(default_factory=dict)


def operation(
    *answers: Answer,
    refuses: Sequence[str] = (),
    takes: Sequence[str] = (),
    body: tuple[type[BaseModel], str] | None = None,
) -> dict[str, Any]:
    """Return the arguments of a route: its answers, the first one being the usual one, and what it takes.

    `refuses` are codes of problems, `takes` names of request headers, `body` is what is sent and the
    name of an example.
    """
    extra: dict[str, Any] = {}
    if takes:
        extra["parameters"] = [parameter(name) for name in takes]
    if body is not None:
        model, name = body
        BODIES[model.__name__] = model
        schema = {"$ref": f"#/components/schemas/{model.__name__}"}
        content = {"application/json": {"schema": schema, "examples": example(name)}}
        extra["requestBody"] = {"required": True, "content": content}
    responses: dict[int | str, Any] = {answer.status: _response(answer) for answer in answers}
    return {
        "status_code": answers[0].status,
        "responses": responses | refusals(*refuses),
        "openapi_extra": extra,
    }


def _response(answer: Answer) -> dict[str, Any]:
    response: dict[str, Any] = {"description": answer.says}
    if answer.model is not None:
        response["model"] = answer.model
    content: dict[str, Any] = {
        media_type: {"schema": {"type": "string"}, "example": text}
        for media_type, text in answer.media.items()
    }
    if answer.example is not None:
        content["application/json"] = {"examples": example(answer.example)}
    if content:
        response["content"] = content
    if answer.headers:
        response["headers"] = {name: header(name) for name in answer.headers}
    if answer.links:
        response["links"] = {
            name: {
                "operationId": operation_id,
                "parameters": {"order_id": "$response.body#/id"},
            }
            for name, operation_id in answer.links.items()
        }
    return response


HEADERS_OF: Mapping[int, tuple[str, ...]] = {
    401: ("WWW-Authenticate",),
    403: ("WWW-Authenticate",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}


def refusals(*codes: str) -> dict[int | str, dict[str, Any]]:
    """Return the responses of these problems: each status with all that it may mean."""
    by_status: defaultdict[int, list[str]] = defaultdict(list)
    for code in dict.fromkeys(codes):
        by_status[PROBLEM_TYPES[code].status].append(code)
    return {status: _refusal(status, by_status[status]) for status in sorted(by_status)}


def codes_of(responses: Mapping[str, Any]) -> Iterable[str]:
    """Return the codes of the problems among the answers of an operation."""
    for response in responses.values():
        yield from response.get("content", {}).get(MEDIA_TYPE, {}).get("examples", ())


def _refusal(status: int, codes: list[str]) -> dict[str, Any]:
    refusal: dict[str, Any] = {
        "description": "; ".join(f"`{code}`: {PROBLEM_TYPES[code].title}" for code in codes),
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in codes},
            }
        },
    }
    names = (*ALWAYS, *HEADERS_OF.get(status, ()))
    refusal["headers"] = {name: header(name) for name in names}
    return refusal
