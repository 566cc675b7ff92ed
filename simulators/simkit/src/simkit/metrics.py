"""What a simulator counts, for Prometheus: the requests that it answered, and what its process takes."""

from time import perf_counter

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NO_ANSWER = "none"
"""Stands for a status where the connection was lost, as it may be on purpose."""
OTHER = "other"

disable_created_metrics()  # type: ignore[no-untyped-call]  # the library lacks its types
registry = CollectorRegistry()
for _collector in (ProcessCollector, PlatformCollector, GCCollector):
    _collector(registry=registry)

REQUESTS = Counter(
    "simulator_requests",
    "Requests by their route and how they were answered.",
    ("route", "status"),
    registry=registry,
)
SECONDS = Histogram(
    "simulator_request_seconds",
    "Seconds to the end of the answer, delays on purpose included.",
    ("route",),
    registry=registry,
)


class CountedRequests:
    """Counts and times what an application answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, begun = NO_ANSWER, perf_counter()

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            route = getattr(scope.get("route"), "path", OTHER)
            REQUESTS.labels(route, status).inc()
            SECONDS.labels(route).observe(perf_counter() - begun)


async def read_metrics(request: Request) -> Response:
    """Answer `/metrics` in the format of Prometheus, or in that of OpenMetrics where it is wanted."""
    encode, media_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(registry), headers={"Content-Type": media_type})
