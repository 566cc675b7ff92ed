"""The provider's webhooks over HTTP: verified and written down; the worker acts on them."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI, HTTPException, Request
from servicekit import Health, database_check, is_connection_error, open_pool
from servicekit.database_api import NO_TELEMETRY
from servicekit.log_dedup import LogThrottle
from servicekit.schema import require_schema
from servicekit.server_spans import ServerSpans
from tracing.exporting import exporting

from payment.settings import PaymentApiSettings
from payment.signatures import NotVerifiedError, verify
from payment.webhook_events import WebhookEvent, read_event
from payment.webhook_store import keep_webhook

log = structlog.get_logger(__name__)

MAX_BYTES = 64 * 1024
_THROTTLE = LogThrottle()


def create_api(settings: PaymentApiSettings) -> FastAPI:
    """Make the application that takes webhooks; one that comes again is answered like the first."""
    health = Health()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await require_schema("payment", settings.database_url, settings.start_wait_s)
        pool = await open_pool(settings.database_url)
        health.add("database", database_check(pool))
        app.state.pool = pool
        endpoint = settings.otel_exporter_otlp_endpoint
        async with exporting(endpoint, "payment-api", settings.instance, settings.otlp_headers):
            yield
        await pool.close()

    app = FastAPI(
        title="payment", lifespan=lifespan, routes=health.routes(), telemetry=NO_TELEMETRY
    )
    app.add_middleware(ServerSpans)

    @app.post("/webhooks/payments")
    async def take_webhook(request: Request) -> None:
        """Keep what the provider says; 200 after the commit, so that it does not come again."""
        body = await _bounded_body(request)
        try:
            webhook_id = verify(request.headers, body, settings.webhook_secret, time.time())
        except NotVerifiedError as error:
            _log_invalid(str(error))
            raise HTTPException(401, str(error)) from None
        event = _read(webhook_id, body)
        if event is None:
            log.info("webhook_ignored", webhook_id=webhook_id)
            return
        try:
            await keep_webhook(request.app.state.pool, webhook_id, event.command_key, body.decode())
        except Exception as error:
            if not is_connection_error(error):
                raise
            raise HTTPException(503, "The database is away.") from error

    return app


def _log_invalid(reason: str) -> None:
    """Log, at a bounded rate, what anybody can cause who finds this address."""
    left_out = _THROTTLE.turn(reason)
    if left_out is not None:
        log.info("webhook_signature_invalid", reason=reason, left_out=left_out or None)


async def _bounded_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise HTTPException(413, f"A webhook has {MAX_BYTES} bytes at most.")
    return bytes(body)


def _read(webhook_id: str, body: bytes) -> WebhookEvent | None:
    try:
        return read_event(body)
    except ValueError as error:
        log.warning("webhook_unreadable", webhook_id=webhook_id, error=str(error))
        raise HTTPException(400, "This is no event of the provider.") from None
