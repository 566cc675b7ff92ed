"""Puts the payment provider together."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from simkit import (
    Answer,
    Books,
    ErrorShapes,
    IdempotencyKeys,
    Switches,
    Tries,
    simulated_api,
    validation_problem,
)
from simkit.webhooks import Webhooks
from starlette.exceptions import HTTPException

from psp import api
from psp.announcing import Announcing
from psp.authorizing import Authorizing
from psp.errors import error_answer, invalid
from psp.fault_switches import PspBehaviour
from psp.ledger import Ledger
from psp.settings import Settings
from psp.settling import Settling

AMOUNTS = {"less_than_equal": "amount_too_large", "greater_than": "amount_too_small"}
"""Stripe's codes for amounts beyond what it takes."""
DESCRIPTION = "Stripe's vocabulary and shapes; bodies are JSON where Stripe's are forms."


def build_app(settings: Settings) -> FastAPI:
    """Open the books and serve them."""
    books = Books(settings.data_dir / "psp.sqlite3")
    switches = Switches(
        PspBehaviour(latency_ms_min=settings.latency_ms_min, latency_ms_max=settings.latency_ms_max)
    )
    webhooks = Webhooks(books, settings.receiver, switches, settings.seed)
    app = simulated_api(
        "Payment provider",
        DESCRIPTION,
        api.router,
        prefix="/v1/",
        books=books,
        switches=switches,
        errors=SHAPES,
        beside=webhooks.run,
    )
    ledger, keys, tries = Ledger(books), IdempotencyKeys(books), Tries(books)
    app.state.ledger = ledger
    announcing = Announcing(webhooks)
    app.state.authorizing = Authorizing(
        settings, ledger, keys, tries, switches=switches, announcing=announcing
    )
    app.state.settling = Settling(ledger, keys, tries, announcing)
    return app


def _bad_request(error: RequestValidationError) -> Answer:
    parameter, message = validation_problem(error)
    code = AMOUNTS.get(str(error.errors()[0].get("type"))) if parameter == "amount" else None
    more = {"code": code} if code else {}
    return invalid(message, param=parameter, **more).answer


def _not_understood(request: Request, error: HTTPException) -> Answer:
    message = str(error.detail)
    if error.status_code in (404, 405):
        message = f"Unrecognized request URL ({request.method}: {request.url.path})."
    return error_answer(error.status_code, "invalid_request_error", message)


SHAPES = ErrorShapes(
    internal=error_answer(500, "api_error", "An unknown error occurred."),
    key_reused=error_answer(
        400,
        "idempotency_error",
        "Keys for idempotent requests can only be used with the same parameters they were first used"
        " with. Use another Idempotency-Key for another request.",
    ),
    key_in_use=error_answer(
        409,
        "idempotency_error",
        "Another request with this Idempotency-Key is being worked on. Try again later.",
        code="idempotency_key_in_use",
    ),
    bad_request=_bad_request,
    not_understood=_not_understood,
)
