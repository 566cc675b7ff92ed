"""Buying a ticket for a stream."""

from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response
from starlette.routing import compile_path

from gateway.api.authorization import authorise, check_scopes
from gateway.database import database_or_503
from gateway.http.bodies import Body, read_json
from gateway.openapi.operation import Answer, operation
from gateway.problems.problem import FieldError, ProblemError
from gateway.problems.validation_errors import field_errors
from gateway.reads.representations import PRIVATE, json_response
from gateway.routes import ROUTES, Route
from gateway.state.gateway import gateway_of


class TicketRequest(BaseModel):
    """Which stream is to be opened: its path, without a query."""

    model_config = ConfigDict(extra="forbid", strict=True)

    path: str = Field(max_length=200)


class TicketDocument(BaseModel):
    """A ticket; `url` is the stream's path with the ticket in its query."""

    ticket: str
    expires_at: datetime
    url: str


ISSUE_TICKET = operation(
    Answer(
        status=201,
        says="The ticket. It opens that stream once, within 30 seconds.",
        model=TicketDocument,
        example="ticket",
    ),
    body=(TicketRequest, "ticket_request"),
    refuses=("invalid_ticket_request", "order_not_found", "database_unavailable"),
)

router = APIRouter(prefix="/v1/tickets", tags=["live"])

_STREAMS = [(compile_path(route.path)[0], route) for route in ROUTES if route.ticket]


@router.post("", **ISSUE_TICKET)
async def issue_ticket(request: Request) -> Response:
    """A ticket that opens one stream, once, within 30 seconds: for those who cannot send a token.

    It is good for the path that it is asked for, if you may open that, and the stream that it
    opens ends with the token by which it was bought.
    """
    gateway = gateway_of(request)
    caller = await authorise(request)
    path = _path(await read_json(request))
    route, order_id = _stream_at(path)
    check_scopes(caller, route.scopes)
    if order_id is not None:
        await gateway.orders.find_accepted(caller, order_id)
    with database_or_503():
        ticket = await gateway.tickets.issue(caller, path)
    document = {
        "ticket": ticket.text,
        "expires_at": ticket.expires_at.isoformat().replace("+00:00", "Z"),
        "url": f"{path}?ticket={ticket.text}",
    }
    return json_response(document, 201, dict(PRIVATE))


def _path(body: Body) -> str:
    try:
        return TicketRequest.model_validate(body.value).path
    except ValidationError as error:
        errors = field_errors(error)
    raise ProblemError("invalid_ticket_request", "The body is not right.", errors=errors)


def _stream_at(path: str) -> tuple[Route, str | None]:
    """Return the stream's row, and the order that it is about, if it is about one."""
    for pattern, route in _STREAMS:
        if found := pattern.fullmatch(path):
            return route, found.groupdict().get("order_id")
    detail = "No stream has this path."
    raise ProblemError("invalid_ticket_request", detail, errors=[FieldError("/path", detail)])
