"""The dashboard, live: as a WebSocket, and as server-sent events for curl."""

from fastapi import APIRouter, Request, WebSocket
from starlette.responses import Response

from gateway.contract.dashboard import FOLLOW_DASHBOARD
from gateway.gateway import gateway_of
from gateway.live.ending import ending_for
from gateway.live.entry import authorise_stream
from gateway.live.event_stream import EventStream
from gateway.live.sockets import tell
from gateway.observing.notes import note_refusal
from gateway.problems.problem import ProblemError

router = APIRouter(prefix="/dashboard", tags=["live"])


@router.get("/events", response_class=EventStream, **FOLLOW_DASHBOARD)
async def follow_dashboard(request: Request) -> Response:
    """The shop's numbers and the health of every process: a snapshot first, then updates.

    There is nothing to resume: whoever comes again begins with a new snapshot.
    """
    caller = await authorise_stream(request)
    return EventStream(gateway_of(request).dashboard.streams.open(), caller.expires_at)


@router.websocket("/realtime")
async def follow_dashboard_by_socket(socket: WebSocket) -> None:
    """The same messages over a WebSocket; a refusal comes as a close code."""
    await socket.accept()
    try:
        caller = await authorise_stream(socket)
        stream = gateway_of(socket).dashboard.streams.open()
    except ProblemError as problem:
        note_refusal(socket.scope, problem.code)
        ending = ending_for(problem)
        await socket.close(ending.code, ending.reason)
        return
    await tell(socket, stream, caller.expires_at)
