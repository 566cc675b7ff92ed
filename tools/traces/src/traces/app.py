"""Puts the store together: OTLP/HTTP in, OTLP's JSON out."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from servicekit import Health
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from traces.bodies import RefusedError, answer, media_type, read_body, refusal
from traces.files import SpanFiles
from traces.otlp_json import to_json
from traces.receiving import TRACE_ID_BYTES, read_request, rows_of
from traces.selecting import document_of, only_of_order
from traces.settings import TracesSettings
from traces.store import SpanRow, Store, StoreUnavailableError

RETRY_AFTER_S = "5"
TRACES_ALONE = (
    "This keeps traces alone. Send metrics and logs elsewhere, or switch their export off: "
    "OTEL_METRICS_EXPORTER=none, OTEL_LOGS_EXPORTER=none."
)


def create_app(settings: TracesSettings) -> Starlette:
    """Open the store; its health says when spans cannot be written, and stays ready meanwhile."""
    store = Store(SpanFiles(settings.data_dir, settings.max_bytes))
    health = Health()
    health.add("spans", store.check, required=False)

    @asynccontextmanager
    async def close_at_the_end(_app: Starlette) -> AsyncIterator[None]:
        yield
        store.close()

    app = Starlette(
        routes=[
            Route("/v1/traces", take_spans, methods=["POST"]),
            Route("/v1/metrics", refuse_others, methods=["POST"]),
            Route("/v1/logs", refuse_others, methods=["POST"]),
            Route("/traces/{trace_id}", show_trace),
            Route("/orders/{order_id}/spans", show_order),
            *health.routes(),
        ],
        lifespan=close_at_the_end,
    )
    app.state.store = store
    return app


async def take_spans(request: Request) -> Response:
    """Keep the spans of one request; say how many of them are invalid."""
    try:
        rows, left_out = rows_of(read_request(await read_body(request), media_type(request)))
        if rows:
            request.app.state.store.add(rows)
    except RefusedError as error:
        return refusal(request, error.status, str(error))
    except StoreUnavailableError as error:
        unavailable = refusal(request, 503, f"Spans cannot be written now: {error}")
        unavailable.headers["Retry-After"] = RETRY_AFTER_S
        return unavailable
    response = ExportTraceServiceResponse()
    if left_out:
        response.partial_success.rejected_spans = left_out
        response.partial_success.error_message = "the trace id, span id or start is invalid"
    return answer(request, response)


async def refuse_others(request: Request) -> Response:
    """Refuse metrics and logs in words."""
    return refusal(request, 404, TRACES_ALONE)


async def show_trace(request: Request) -> Response:
    """Return all spans of one trace as OTLP's JSON."""
    written = request.path_params["trace_id"]
    try:
        trace_id = bytes.fromhex(written)
    except ValueError:
        trace_id = b""
    if len(trace_id) != TRACE_ID_BYTES:
        return JSONResponse({"error": f"{written!r} is no trace id: 32 hexadecimal digits."}, 400)
    return _found(request.app.state.store.of_trace(trace_id), f"of the trace {written}")


async def show_order(request: Request) -> Response:
    """Return the spans of every trace that is about one order, as OTLP's JSON."""
    order_id = request.path_params["order_id"]
    found = only_of_order(request.app.state.store.of_order(order_id), order_id)
    return _found(found, f"about the order {order_id}")


def _found(rows: Sequence[SpanRow], what: str) -> Response:
    if not rows:
        return JSONResponse({"error": f"There is no span {what}."}, 404)
    return JSONResponse(to_json(document_of(rows)))
