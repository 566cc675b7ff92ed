"""Buying a ticket for a stream."""

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response
from starlette.routing import compile_path

from gateway.contract.streams import ISSUE_TICKET, TicketRequest
from gateway.gateway import database_or_503, gateway_of
from gateway.http.bodies import Body, read_json
from gateway.identity.callers import authorise, check_scopes
from gateway.orders.documents import PRIVATE, json_response
from gateway.orders.reading import find_accepted
from gateway.problems.faults import faults_of
from gateway.problems.problem import Fault, ProblemError
from gateway.route_table import ROUTES, Route

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
        await find_accepted(gateway, caller, order_id)
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
        faults = faults_of(error)
    raise ProblemError("invalid_ticket_request", "The body is not right.", errors=faults)


def _stream_at(path: str) -> tuple[Route, str | None]:
    """The stream's row, and the order that it is about, if it is about one."""
    for pattern, route in _STREAMS:
        if found := pattern.fullmatch(path):
            return route, found.groupdict().get("order_id")
    detail = "No stream has this path."
    raise ProblemError("invalid_ticket_request", detail, errors=[Fault("/path", detail)])
