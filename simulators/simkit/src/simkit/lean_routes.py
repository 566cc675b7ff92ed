"""The way of most requests: past the machinery by which FastAPI finds out what a function wants.

FastAPI took a quarter of a call. A request whose body is plainly what the documented route takes goes
straight to that route's function; any other goes the whole way, and is refused as FastAPI refuses.
Decision 0052 says what that is worth.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from fastapi import APIRouter
from fastapi.params import Depends
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

JSON = "application/json"


class LeanRoute:
    """ASGI application for the POST of a documented route that takes a model.

    Its function may also want the request, parts of the path, and what depends on the request alone.
    """

    def __init__(self, documented: APIRoute) -> None:
        self._documented = documented
        self._function: Callable[..., Awaitable[Response]] = documented.endpoint
        self._asked: dict[str, Callable[[Request], Awaitable[object]]] = {}
        self._request, self._body, self._model = "", "", BaseModel
        hints = get_type_hints(documented.endpoint, include_extras=True)
        for name in inspect.signature(documented.endpoint).parameters:
            self._note(name, hints[name])

    def _note(self, name: str, hint: Any) -> None:
        kind, *extras = get_args(hint) if get_origin(hint) is Annotated else (hint,)
        for extra in extras:
            if isinstance(extra, Depends) and extra.dependency:
                self._asked[name] = extra.dependency
                return
        if kind is Request:
            self._request = name
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            self._body, self._model = name, kind
        elif f"{{{name}}}" not in self._documented.path:
            raise TypeError(f"{self._documented.path} cannot be lean: it wants {name}")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let it go the whole way."""
        scope["route"] = self._documented  # for what counts requests
        request = Request(scope, receive)
        body = await request.body()
        wanted = self._read(request, body)
        if wanted is None:
            await self._documented.app(scope, _again(body, receive), send)
            return
        values = {name: await ask(request) for name, ask in self._asked.items()}
        values |= {**request.path_params, self._request: request, self._body: wanted}
        response = await self._function(**values)
        await response(scope, receive, send)

    def _read(self, request: Request, body: bytes) -> BaseModel | None:
        if request.headers.get("content-type") != JSON:
            return None
        try:
            return self._model.model_validate_json(body)
        except ValidationError:
            return None


def lean_routes(router: APIRouter) -> Iterable[Route]:
    """Give a lean route for each POST of a router that takes a model; they belong in front of it."""
    for route in router.routes:
        if isinstance(route, APIRoute) and route.methods == {"POST"} and route.body_field:
            yield Route(route.path, LeanRoute(route), methods=["POST"])


def _again(body: bytes, receive: Receive) -> Receive:
    """Give a body once more that was read already."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay
