"""Liveness, readiness and metrics of the gateway, and what is promised of them."""

from typing import Literal

from fastapi import APIRouter, Request
from prometheus_client.exposition import choose_encoder
from pydantic import BaseModel
from servicekit import Health
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from gateway.http.fields import whole
from gateway.observing.metrics import Metrics
from gateway.openapi.operation import Answer, operation


class Liveness(BaseModel):
    """The process runs."""

    status: Literal["ok"]


class Readiness(BaseModel):
    """Whether all is there that the process needs; each check says `ok` or what is wrong.

    What is `degraded` is away, but the rest of the work can be done without it.
    """

    ready: bool
    degraded: list[str]
    checks: dict[str, str]


HEALTHZ = operation(Answer(status=200, says="The process runs.", model=Liveness, example="alive"))
READYZ = operation(
    Answer(
        status=200,
        says="All is there that is needed; what is not, is named.",
        model=Readiness,
        example="ready",
    ),
    Answer(
        status=503,
        says="Something is away without which no work can be done.",
        model=Readiness,
        example="not_ready",
    ),
)
METRICS = operation(
    Answer(
        status=200,
        says="The metrics, in the format of Prometheus, or of OpenMetrics where that is asked for.",
        media=dict.fromkeys(
            ("text/plain", "application/openmetrics-text"),
            'orderstream_gateway_refusals_total{code="token_missing"} 3.0',
        ),
    )
)

router = APIRouter(tags=["information"])


@router.get("/metrics", response_class=Response, **METRICS)
async def read_metrics(request: Request) -> Response:
    """Give the metrics in the text format of Prometheus, or of OpenMetrics where that is asked for."""
    metrics: Metrics = request.app.state.metrics
    encode, media_type = choose_encoder(whole(request.headers, "accept"))
    text = await run_in_threadpool(encode, metrics.registry)
    return Response(text, headers={"Content-Type": media_type, "Cache-Control": "no-store"})


PROMISED = {
    "/healthz": ("is_alive", "Say that the process runs.", HEALTHZ),
    "/readyz": ("is_ready", "Say whether the process can do its work.", READYZ),
}


def health_router(health: Health) -> APIRouter:
    """Return the router of `/healthz` (the process runs) and `/readyz` (it can do its work)."""
    router = APIRouter(tags=["health"])
    for route in health.routes():
        assert isinstance(route, Route)  # noqa: S101  # they are plain routes
        if route.path not in PROMISED:
            continue  # the gateway's own metrics come with those of its process
        name, does, promised = PROMISED[route.path]
        router.add_api_route(route.path, route.endpoint, name=name, description=does, **promised)
    return router
