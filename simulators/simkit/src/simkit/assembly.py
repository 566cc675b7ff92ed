"""Puts a simulated API together: its routes, its books, its errors and its ways to fail."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from simkit.answers import Answer, Refused
from simkit.database import Books
from simkit.fault_middleware import Misbehaving
from simkit.fault_switches import Behaviour, Switches
from simkit.idempotency import KeyInUse, KeyReused
from simkit.journal import Journal, Journaling
from simkit.lean_routes import lean_routes
from simkit.operating import operating_routes


@dataclass(frozen=True, slots=True)
class ErrorShapes:
    """Answers to what the simulator does not carry out, in the words of the one it stands for."""

    internal: Answer
    key_reused: Answer
    key_in_use: Answer
    bad_request: Callable[[RequestValidationError], Answer]
    not_understood: Callable[[Request, HTTPException], Answer]
    """For an unknown path or method, too."""


async def nothing() -> None:
    """Do nothing, where a simulator has no work beside its requests."""


def simulated_api(
    title: str,
    description: str,
    router: APIRouter,
    *,
    prefix: str,
    books: Books,
    switches: Switches[Behaviour],
    errors: ErrorShapes,
    beside: Callable[[], Coroutine[None, None, None]] = nothing,
) -> FastAPI:
    """Serve a router with health, journal and switches, which act on paths below `prefix`.

    `beside` runs as long as the app does; the books are closed after it.
    """

    @asynccontextmanager
    async def open_books(_app: FastAPI) -> AsyncIterator[None]:
        working = asyncio.create_task(beside())
        yield
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        books.close()

    app = FastAPI(title=title, description=description, lifespan=open_books)
    app.router.routes.extend(lean_routes(router))
    app.include_router(router)
    journal = Journal(books)
    app.include_router(operating_routes({"books": books.check}, switches, books.clear, journal))
    app.add_middleware(Misbehaving, switches=switches, prefix=prefix, error=errors.internal.body)
    app.add_middleware(Journaling, journal=journal)
    _answer_errors(app, errors)
    return app


def _answer_errors(app: FastAPI, errors: ErrorShapes) -> None:
    @app.exception_handler(Refused)
    async def refused(_request: Request, error: Refused) -> Response:
        return error.answer.as_response()

    @app.exception_handler(RequestValidationError)
    async def bad_request(_request: Request, error: RequestValidationError) -> Response:
        return errors.bad_request(error).as_response()

    @app.exception_handler(KeyReused)
    async def key_reused(_request: Request, _error: KeyReused) -> Response:
        return errors.key_reused.as_response()

    @app.exception_handler(KeyInUse)
    async def key_in_use(_request: Request, _error: KeyInUse) -> Response:
        return errors.key_in_use.as_response()

    @app.exception_handler(HTTPException)
    async def not_understood(request: Request, error: HTTPException) -> Response:
        return errors.not_understood(request, error).as_response()
