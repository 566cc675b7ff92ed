"""The dashboard, live: as a WebSocket, and as server-sent events for curl."""

from fastapi import APIRouter, Request, WebSocket
from starlette.responses import Response

from gateway.api.authorization import authorise_stream
from gateway.http.request_context import note_refusal
from gateway.openapi.operation import Answer, operation
from gateway.problems.problem import ProblemError
from gateway.state.gateway import gateway_of
from gateway.streams.protocol import ending_for
from gateway.streams.sse import EventStream
from gateway.streams.websocket import tell

_EVENTS = """\
retry: 1000

event: snapshot
data: {"type":"snapshot","at":"2026-11-25T12:00:00Z","windows":[],"last_minute":{},"services":[]}

event: closed
data: {"code": 4401, "reason": "The token has expired; come again with a new one."}

"""

FOLLOW_DASHBOARD = operation(
    Answer(
        status=200,
        says="A `snapshot`, then an `update` a second, at last `closed` with a code and a reason.",
        media={"text/event-stream": _EVENTS},
    ),
    refuses=("ticket_invalid", "database_unavailable", "too_many_own_streams", "too_many_streams"),
)

router = APIRouter(prefix="/dashboard", tags=["live"])


@router.get("/events", response_class=EventStream, **FOLLOW_DASHBOARD)
async def follow_dashboard(request: Request) -> Response:
    """The shop's numbers and the health of every process: a snapshot first, then updates.

    There is nothing to resume: whoever comes again begins with a new snapshot.
    """
    caller = await authorise_stream(request)
    return EventStream(
        gateway_of(request).dashboard.streams.open(caller.customer_id), caller.expires_at
    )


@router.websocket("/realtime")
async def follow_dashboard_by_socket(socket: WebSocket) -> None:
    """Send the same messages over a WebSocket; a refusal comes as a close code."""
    await socket.accept()
    try:
        caller = await authorise_stream(socket)
        stream = gateway_of(socket).dashboard.streams.open(caller.customer_id)
    except ProblemError as problem:
        note_refusal(socket.scope, problem.code)
        ending = ending_for(problem)
        await socket.close(ending.code, ending.reason)
        return
    await tell(socket, stream, caller.expires_at)
