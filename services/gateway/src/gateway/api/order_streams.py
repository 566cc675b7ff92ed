"""One order's changes, live: as server-sent events and as a WebSocket."""

import re
from functools import partial

from fastapi import APIRouter, Request, WebSocket
from starlette.requests import HTTPConnection
from starlette.responses import Response

from gateway.api.authorization import authorise_stream
from gateway.auth.claims import Caller
from gateway.http.request_context import note_order, note_refusal
from gateway.openapi.operation import Answer, operation
from gateway.openapi.parameters import AfterInQuery, OrderIdInPath
from gateway.problems.problem import FieldError, ProblemError
from gateway.state.gateway import gateway_of
from gateway.streams.order_stream import OrderStream
from gateway.streams.protocol import ending_for
from gateway.streams.sse import HEADERS, EventStream
from gateway.streams.websocket import tell

_EVENTS = """\
retry: 1000

id: 1
event: order-status-changed
data: {"order_id":"ord_0193654bd1c87c6e8a0f4a1b2c3d4e5f","sequence":1,"status":"accepted",\
"reason":null,"tracking_code":null,"changed_at":"2026-11-25T12:00:00.042000Z"}

event: closed
data: {"code": 4401, "reason": "The token has expired; come again with a new one."}

"""

FOLLOW_ORDER = operation(
    Answer(
        status=200,
        says="The order's changes, then `closed` with a code and a reason.",
        media={"text/event-stream": _EVENTS},
    ),
    Answer(status=204, says="The order has ended, and you have its last change."),
    takes=("Last-Event-ID",),
    refuses=(
        "ticket_invalid",
        "position_unknown",
        "order_not_found",
        "database_unavailable",
        "too_many_own_streams",
        "too_many_streams",
    ),
)

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
    if stream.ending is not None:
        stream.close()
        return Response(status_code=204, headers=HEADERS)
    return EventStream(stream, caller.expires_at)


@router.websocket("/{order_id}/ws")
async def follow_order_by_socket(
    socket: WebSocket, order_id: str, after: str | None = None
) -> None:
    """Send the same messages over a WebSocket; closed with 1000 at the end.

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


async def open_order_stream(
    connection: HTTPConnection, caller: Caller, order_id: str, after: str | None
) -> OrderStream:
    """Open the stream of an order that the caller may see, after the position that is named.

    While the order service is unavailable the stream begins with live changes, as soon as they follow
    on the position, or with the history, once it can be read.

    Raises:
        ProblemError: no such order or position, or too many streams.
    """
    gateway = gateway_of(connection)
    position = position_of(connection, after)
    await gateway.orders.find_accepted(caller, order_id)
    read = partial(gateway.orders.latest, order_id)
    stream = gateway.order_streams.open(order_id, position, read, caller.customer_id)
    try:
        await _read_history(stream)
    except BaseException:
        stream.close()
        raise
    return stream


async def _read_history(stream: OrderStream) -> None:
    try:
        await stream.read_history()
    except ProblemError as problem:
        if problem.code == "position_unknown":
            raise


_SEQUENCE = re.compile(r"[0-9]{1,9}")


def position_of(connection: HTTPConnection, after: str | None) -> int:
    """Return the position in `Last-Event-ID`, else `after` from the query, else 0: the beginning.

    `EventSource` repeats the address it was given, so its header is newer.

    Raises:
        ProblemError: it is no position.
    """
    header = connection.headers.get("last-event-id")
    pointer, text = ("/Last-Event-ID", header) if header else ("/after", after)
    if text is None:
        return 0
    if not _SEQUENCE.fullmatch(text):
        fault = FieldError(pointer, "Is not the sequence of a message.")
        raise ProblemError("invalid_query", "The position is wrong.", errors=[fault])
    return int(text)
