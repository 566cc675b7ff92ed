"""One order's changes, live: as server-sent events and as a WebSocket."""

from fastapi import APIRouter, Request, WebSocket
from starlette.responses import Response

from gateway.contract.parameters import AfterInQuery, OrderIdInPath
from gateway.contract.streams import FOLLOW_ORDER
from gateway.live.ending import ending_for
from gateway.live.entry import authorise_stream, open_order_stream
from gateway.live.event_stream import HEADERS, EventStream
from gateway.live.sockets import tell
from gateway.observing.notes import note_order, note_refusal
from gateway.problems.problem import ProblemError

router = APIRouter(prefix="/v1/orders", tags=["live"])


@router.get("/{order_id}/events", response_class=EventStream, **FOLLOW_ORDER)
async def follow_order(
    request: Request,
    order_id: OrderIdInPath,
    after: AfterInQuery = None,
) -> Response:
    """Everything that becomes of an order: its history first, then each change as it happens.

    The `id` of an event is the order's sequence. A client that was cut off goes on with
    `Last-Event-ID` or `after`, at any gateway. After the order's end the answer is 204, at which
    `EventSource` stops asking.
    """
    caller = await authorise_stream(request)
    stream = await open_order_stream(request, caller, order_id, after)
    note_order(request.scope, order_id)
    if stream.has_ended:
        stream.close()
        return Response(status_code=204, headers=HEADERS)
    return EventStream(stream, caller.expires_at)


@router.websocket("/{order_id}/ws")
async def follow_order_by_socket(
    socket: WebSocket, order_id: str, after: str | None = None
) -> None:
    """The same messages over a WebSocket; closed with 1000 at the end.

    A refusal comes as a close code too, since browsers do not show the status of a handshake.
    """
    await socket.accept()
    try:
        caller = await authorise_stream(socket)
        stream = await open_order_stream(socket, caller, order_id, after)
    except ProblemError as problem:
        note_refusal(socket.scope, problem.code)
        ending = ending_for(problem)
        await socket.close(ending.code, ending.reason)
        return
    note_order(socket.scope, order_id)
    await tell(socket, stream, caller.expires_at)
