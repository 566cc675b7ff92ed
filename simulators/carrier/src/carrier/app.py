"""Puts the carrier together."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from simkit import (
    Answer,
    Behaviour,
    Books,
    ErrorShapes,
    Switches,
    simulated_api,
    validation_problem,
)
from starlette.exceptions import HTTPException

from carrier import api
from carrier.errors import error_answer, internal_error
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
    app = simulated_api(
        "Carrier",
        DESCRIPTION,
        api.router,
        prefix="/v2/",
        books=books,
        switches=switches,
        errors=SHAPES,
    )
    app.state.ledger = ledger = Ledger(books)
    app.state.labels = Labels(settings, books, ledger, switches)
    return app


def _bad_request(error: RequestValidationError) -> Answer:
    parameter, message = validation_problem(error)
    faults = [{"field": parameter, "message": message}]
    return error_answer(422, "SHIPMENT.INVALID_PARAMS", message, faults)


def _not_understood(request: Request, error: HTTPException) -> Answer:
    if error.status_code in (404, 405):
        message = f"There is no {request.method} {request.url.path}."
        return error_answer(error.status_code, "NOT_FOUND", message)
    return error_answer(error.status_code, "BAD_REQUEST", error.detail)


SHAPES = ErrorShapes(
    internal=internal_error(),
    key_reused=error_answer(
        400,
        "IDEMPOTENCY.KEY_REUSED",
        "This Idempotency-Key belongs to another request. Use a new one.",
    ),
    key_in_use=error_answer(
        409,
        "IDEMPOTENCY.KEY_IN_USE",
        "Another request with this Idempotency-Key is being worked on. Try again later.",
    ),
    bad_request=_bad_request,
    not_understood=_not_understood,
)
