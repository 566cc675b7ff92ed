"""Puts the payment provider together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from simkit import (
    Books,
    IdempotencyKeys,
    KeyInUse,
    KeyReused,
    Misbehaving,
    Refused,
    Switches,
    Tries,
    operating_routes,
    validation_problem,
)
from simkit.webhooks import Webhooks
from starlette.exceptions import HTTPException
from starlette.responses import Response

from psp import api, errors
from psp.announcing import Announcing
from psp.authorizing import Authorizing
from psp.behaviour import PspBehaviour
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

    @asynccontextmanager
    async def open_books(_app: FastAPI) -> AsyncIterator[None]:
        sending = asyncio.create_task(webhooks.run())
        yield
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        books.close()

    app = FastAPI(title="Payment provider", description=DESCRIPTION, lifespan=open_books)
    ledger, keys, tries = Ledger(books), IdempotencyKeys(books), Tries(books)
    app.state.ledger = ledger
    announcing = Announcing(webhooks)
    app.state.authorizing = Authorizing(
        settings, ledger, keys, tries, switches=switches, announcing=announcing
    )
    app.state.settling = Settling(ledger, keys, tries, announcing)
    app.include_router(api.router)
    app.include_router(operating_routes({"books": books.check}, switches, books.clear))
    app.add_middleware(
        Misbehaving,
        switches=switches,
        prefix="/v1/",
        error=errors.error_answer(500, "api_error", "An unknown error occurred.").body,
    )
    _answer_errors(app)
    return app


def _answer_errors(app: FastAPI) -> None:
    """Give every refusal Stripe's shape."""

    @app.exception_handler(Refused)
    async def refused(_request: Request, error: Refused) -> Response:
        return error.answer.as_response()

    @app.exception_handler(RequestValidationError)
    async def bad_request(_request: Request, error: RequestValidationError) -> Response:
        parameter, message = validation_problem(error)
        code = AMOUNTS.get(str(error.errors()[0].get("type"))) if parameter == "amount" else None
        more = {"code": code} if code else {}
        return errors.invalid(message, param=parameter, **more).answer.as_response()

    @app.exception_handler(KeyReused)
    async def key_reused(_request: Request, _error: KeyReused) -> Response:
        message = (
            "Keys for idempotent requests can only be used with the same parameters they were "
            "first used with. Use another Idempotency-Key for another request."
        )
        return errors.error_answer(400, "idempotency_error", message).as_response()

    @app.exception_handler(KeyInUse)
    async def key_in_use(_request: Request, _error: KeyInUse) -> Response:
        message = "Another request with this Idempotency-Key is being worked on. Try again later."
        answer = errors.error_answer(
            409, "idempotency_error", message, code="idempotency_key_in_use"
        )
        return answer.as_response()

    @app.exception_handler(HTTPException)
    async def not_understood(request: Request, error: HTTPException) -> Response:
        message = str(error.detail)
        if error.status_code in (404, 405):
            message = f"Unrecognized request URL ({request.method}: {request.url.path})."
        answer = errors.error_answer(error.status_code, "invalid_request_error", message)
        return answer.as_response()
