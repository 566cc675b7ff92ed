"""Puts the carrier together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from simkit import (
    Behaviour,
    Books,
    KeyInUse,
    KeyReused,
    Misbehaving,
    Refused,
    Switches,
    operating_routes,
    validation_problem,
)
from starlette.exceptions import HTTPException
from starlette.responses import Response

from carrier import api, errors
from carrier.labels import Labels
from carrier.ledger import Ledger
from carrier.settings import Settings

DESCRIPTION = "EasyPost's vocabulary and shapes; a label is bought in one request."


def build_app(settings: Settings) -> FastAPI:
    """Open the books and serve them."""
    books = Books(settings.data_dir / "carrier.sqlite3")
    switches = Switches(
        Behaviour(latency_ms_min=settings.latency_ms_min, latency_ms_max=settings.latency_ms_max)
    )

    @asynccontextmanager
    async def open_books(_app: FastAPI) -> AsyncIterator[None]:
        yield
        books.close()

    app = FastAPI(title="Carrier", description=DESCRIPTION, lifespan=open_books)
    app.state.ledger = ledger = Ledger(books)
    app.state.labels = Labels(settings, books, ledger, switches)
    app.include_router(api.router)
    app.include_router(operating_routes({"books": books.check}, switches, books.clear))
    app.add_middleware(
        Misbehaving, switches=switches, prefix="/v2/", error=errors.internal_error().body
    )
    _answer_errors(app)
    return app


def _answer_errors(app: FastAPI) -> None:
    """Give every refusal EasyPost's shape."""

    @app.exception_handler(Refused)
    async def refused(_request: Request, error: Refused) -> Response:
        return error.answer.as_response()

    @app.exception_handler(RequestValidationError)
    async def bad_request(_request: Request, error: RequestValidationError) -> Response:
        parameter, message = validation_problem(error)
        faults = [{"field": parameter, "message": message}]
        return errors.error_answer(422, "SHIPMENT.INVALID_PARAMS", message, faults).as_response()

    @app.exception_handler(KeyReused)
    async def key_reused(_request: Request, _error: KeyReused) -> Response:
        message = "This Idempotency-Key belongs to another request. Use a new one."
        return errors.error_answer(400, "IDEMPOTENCY.KEY_REUSED", message).as_response()

    @app.exception_handler(KeyInUse)
    async def key_in_use(_request: Request, _error: KeyInUse) -> Response:
        message = "Another request with this Idempotency-Key is being worked on. Try again later."
        return errors.error_answer(409, "IDEMPOTENCY.KEY_IN_USE", message).as_response()

    @app.exception_handler(HTTPException)
    async def not_understood(request: Request, error: HTTPException) -> Response:
        if error.status_code in (404, 405):
            message = f"There is no {request.method} {request.url.path}."
            return errors.error_answer(error.status_code, "NOT_FOUND", message).as_response()
        return errors.error_answer(error.status_code, "BAD_REQUEST", error.detail).as_response()
