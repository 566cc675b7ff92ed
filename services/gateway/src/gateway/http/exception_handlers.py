"""Exception handlers: every refusal, our own or the framework's, becomes a problem document."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from servicekit.http.refusals import SPEAKS_WEBSOCKET
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from gateway.http.request_context import note_refusal, request_id_of, route_in
from gateway.problems.problem import FieldError, ProblemError, problem_response
from gateway.problems.validation_errors import in_words
from gateway.routes import ROUTES, SOCKET, methods_at

METHOD_NOT_ALLOWED = 405
CLIENT_CLOSED_REQUEST = 499
"""No status of HTTP, but widely understood: nginx's logs have it."""
NOWHERE = "Nothing is served at this address."
SOCKETS = [compile_path(route.path)[0] for route in ROUTES if SOCKET in route.methods]


async def nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer what no route answers; a WebSocket is refused before it begins."""
    problem = ProblemError("not_found", NOWHERE)
    if scope["type"] == "http" and any(path.match(scope["path"]) for path in SOCKETS):
        detail = "This address is a WebSocket's: a request to it begins with its handshake."
        problem = ProblemError("upgrade_required", detail, headers=SPEAKS_WEBSOCKET)
    await refuse(scope, receive, send, problem)


async def refuse(scope: Scope, receive: Receive, send: Send, problem: ProblemError) -> None:
    """Tell of a problem where no endpoint has been reached yet."""
    if scope["type"] == "websocket":
        await _respond(WebSocket(scope, receive, send), problem)
    elif scope["type"] == "http":
        await _problem(HTTPConnection(scope), problem)(scope, receive, send)


async def _respond(connection: Any, problem: Exception) -> Response | None:
    """Answer a request; a WebSocket that has not begun is answered as the request that it still is."""
    assert isinstance(problem, ProblemError)  # noqa: S101  # registered for this class
    response = _problem(connection, problem)
    if not isinstance(connection, WebSocket):
        return response
    await connection.send_denial_response(response)
    return None


async def _respond_query(connection: Any, error: Exception) -> Response | None:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for this class
    faults = [FieldError(f"/{item['loc'][-1]}", in_words(item)) for item in error.errors()]
    problem = ProblemError("invalid_query", "Some parameters are wrong.", errors=faults)
    return await _respond(connection, problem)


async def _respond_http(connection: Any, error: Exception) -> Response | None:
    """Respond to what the framework refuses by itself: wrong methods. It knows one method per endpoint."""
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for this class
    if error.status_code != METHOD_NOT_ALLOWED:
        return await _respond(connection, ProblemError("not_found", NOWHERE))
    allow = ", ".join(methods_at(route_in(connection.scope) or ""))
    detail = f"This address takes {allow}."
    return await _respond(
        connection, ProblemError("method_not_allowed", detail, headers={"Allow": allow})
    )


async def _log_only(connection: Any, gone: Exception) -> Response:  # noqa: ARG001  # Starlette's signature
    """Note a client that hung up before its request was complete, for the log and the metrics."""
    return Response(status_code=CLIENT_CLOSED_REQUEST)


def _problem(connection: HTTPConnection, problem: ProblemError) -> Response:
    note_refusal(connection.scope, problem.code)
    return problem_response(problem, request_id_of(connection.scope))


EXCEPTION_HANDLERS: Mapping[Any, Callable[[Any, Exception], Awaitable[Response | None]]] = {
    ProblemError: _respond,
    RequestValidationError: _respond_query,
    HTTPException: _respond_http,
    ClientDisconnect: _log_only,
}
"""The handlers of exceptions that tell them."""
