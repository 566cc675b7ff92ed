"""What an endpoint promises, in the form in which FastAPI takes it.

Only what is particular to the endpoint is said here: what follows from its row in the route table,
from its parameters and its body is added by `gateway.contract.document`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from gateway.contract.examples import example
from gateway.contract.headers import header
from gateway.contract.parameters import parameter
from gateway.contract.refusals import refusals


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One way for an endpoint to answer; without a `model` the answer has no JSON body.

    `example` is one of `gateway.contract.examples`; `links` name operations that take the answered order's id, so that clients can go on from here.
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
    """The arguments of a route: its answers, the first one being the usual one, and what it takes.

    `refuses` are codes of problems, `takes` names of request headers, `body` is what is sent and the
    name of an example.
    """
    extra: dict[str, Any] = {}
    if takes:
        extra["parameters"] = [parameter(name) for name in takes]
    if body is not None:
        model, name = body
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
