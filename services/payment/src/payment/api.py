"""The provider's webhooks over HTTP: verified and written down; the worker acts on them."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI, HTTPException, Request
from servicekit import Health, database_check, is_connection_error, open_pool
from servicekit.schema import require_schema

from payment.notices import Notice, read_notice
from payment.settings import PaymentApiSettings
from payment.signatures import NotVerifiedError, verify

log = structlog.get_logger(__name__)

MAX_BYTES = 64 * 1024
INSERT = """
    INSERT INTO provider_notices (webhook_id, command_key, body) VALUES ($1, $2, $3)
    ON CONFLICT (webhook_id) DO NOTHING
"""


def create_api(settings: PaymentApiSettings) -> FastAPI:
    """The application that takes webhooks. One that comes again is answered like the first."""
    health = Health()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await require_schema("payment", settings.database_url, settings.start_wait_s)
        pool = await open_pool(settings.database_url)
        health.add("database", database_check(pool))
        app.state.pool = pool
        yield
        await pool.close()

    app = FastAPI(title="payment", lifespan=lifespan, routes=health.routes())

    @app.post("/webhooks/payments")
    async def take_webhook(request: Request) -> None:
        """Keep what the provider says; 200 is said after the commit, and it will not come again."""
        body = await _bounded_body(request)
        try:
            webhook_id = verify(request.headers, body, settings.webhook_secret, time.time())
        except NotVerifiedError as error:
            log.warning("a webhook is not the provider's", error=str(error))
            raise HTTPException(401, str(error)) from None
        notice = _read(webhook_id, body)
        if notice is None:
            log.info("a webhook answers nothing that was asked", webhook_id=webhook_id)
            return
        try:
            await request.app.state.pool.execute(
                INSERT, webhook_id, notice.command_key, body.decode()
            )
        except Exception as error:
            if not is_connection_error(error):
                raise
            raise HTTPException(503, "The database is away.") from error

    return app


async def _bounded_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise HTTPException(413, f"A webhook has {MAX_BYTES} bytes at most.")
    return bytes(body)


def _read(webhook_id: str, body: bytes) -> Notice | None:
    try:
        return read_notice(body)
    except ValueError as error:
        log.warning("a webhook cannot be read", webhook_id=webhook_id, error=str(error))
        raise HTTPException(400, "This is no event of the provider.") from None
