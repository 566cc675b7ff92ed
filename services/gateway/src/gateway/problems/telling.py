"""How a refusal reaches the client, be it our own or the framework's: always as a problem document."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from gateway.observing.notes import note_refusal, request_id_of
from gateway.problems.problem import Fault, ProblemError, problem_response
from gateway.route_table import methods_at

METHOD_NOT_ALLOWED = 405
CLIENT_CLOSED_REQUEST = 499
"""No status of HTTP, but widely understood: nginx's logs have it."""
NOWHERE = "Nothing is served at this address."


async def nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer what no route answers; a WebSocket is refused before it begins."""
    await refuse(scope, receive, send, ProblemError("not_found", NOWHERE))


async def refuse(scope: Scope, receive: Receive, send: Send, problem: ProblemError) -> None:
    """Tell of a problem where no endpoint has been reached yet."""
    if scope["type"] == "websocket":
        await _tell(WebSocket(scope, receive, send), problem)
    elif scope["type"] == "http":
        await _problem(HTTPConnection(scope), problem)(scope, receive, send)


async def _tell(connection: Any, problem: Exception) -> Response | None:
    """Answer a request; a WebSocket that has not begun is answered as the request that it still is."""
    assert isinstance(problem, ProblemError)  # noqa: S101  # registered for this class
    response = _problem(connection, problem)
    if not isinstance(connection, WebSocket):
        return response
    await connection.send_denial_response(response)
    return None


async def _tell_query(connection: Any, error: Exception) -> Response | None:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for this class
    faults = [Fault(f"/{item['loc'][-1]}", f"{item['msg']}.") for item in error.errors()]
    problem = ProblemError("invalid_query", "Some parameters are wrong.", errors=faults)
    return await _tell(connection, problem)


async def _tell_http(connection: Any, error: Exception) -> Response | None:
    """What the framework refuses by itself: wrong methods. It knows one method per endpoint."""
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for this class
    if error.status_code != METHOD_NOT_ALLOWED:
        return await _tell(connection, ProblemError("not_found", NOWHERE))
    allow = ", ".join(methods_at(connection.scope["route"].path))
    detail = f"This address takes {allow}."
    return await _tell(
        connection, ProblemError("method_not_allowed", detail, headers={"Allow": allow})
    )


async def _tell_nobody(connection: Any, gone: Exception) -> Response:  # noqa: ARG001  # Starlette's signature
    """The client hung up before its request was complete: only the log and the metrics hear this."""
    return Response(status_code=CLIENT_CLOSED_REQUEST)


def _problem(connection: HTTPConnection, problem: ProblemError) -> Response:
    note_refusal(connection.scope, problem.code)
    return problem_response(problem, request_id_of(connection.scope))


TELLING: Mapping[Any, Callable[[Any, Exception], Awaitable[Response | None]]] = {
    ProblemError: _tell,
    RequestValidationError: _tell_query,
    HTTPException: _tell_http,
    ClientDisconnect: _tell_nobody,
}
"""The handlers of exceptions that tell them."""
