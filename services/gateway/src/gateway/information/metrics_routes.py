"""The gateway's metrics over HTTP, for Prometheus. Keep them from the outside, as health."""

from fastapi import APIRouter, Request
from prometheus_client.exposition import choose_encoder
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.contract.information import METRICS
from gateway.observing.metrics import Metrics

router = APIRouter(tags=["information"])


@router.get("/metrics", response_class=Response, **METRICS)
async def read_metrics(request: Request) -> Response:
    """Give the metrics in the text format of Prometheus, or of OpenMetrics where that is asked for."""
    metrics: Metrics = request.app.state.metrics
    encode, media_type = choose_encoder(request.headers.get("accept", ""))
    text = await run_in_threadpool(encode, metrics.registry)
    return Response(text, headers={"Content-Type": media_type, "Cache-Control": "no-store"})
