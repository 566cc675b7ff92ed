"""The gateway as an ASGI application."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from servicekit import Health
from servicekit.database_api import NO_TELEMETRY

from gateway.api import (
    dashboard,
    fault_plans,
    health,
    meta,
    order_streams,
    orders,
    products,
    tickets,
    webhooks,
)
from gateway.http.exception_handlers import EXCEPTION_HANDLERS, nowhere
from gateway.http.known_parameters import refuse_unknown_parameters
from gateway.http.middleware import CleanAddresses, HeadRequests
from gateway.http.preconditions import Preconditions
from gateway.observing.access_log import RequestLog, SocketLog
from gateway.observing.metrics import Metrics
from gateway.openapi.document import complete
from gateway.openapi.metadata import about
from gateway.settings import GatewaySettings
from gateway.state.gauges import watch_gateway
from gateway.state.lifespan import open_gateway
from gateway.state.tasks import before_stop
from gateway.upstreams.forwarded_headers import UpstreamContextMiddleware

SUBJECTS = (
    orders,
    order_streams,
    tickets,
    dashboard,
    products,
    webhooks,
    meta,
    health,
)


def create_app(settings: GatewaySettings) -> FastAPI:
    """Put the gateway together."""
    checks, metrics = Health(), Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_gateway(settings, checks) as gateway:
            app.state.gateway = gateway
            watch_gateway(metrics, gateway)
            before_stop(gateway.long_poll.release)
            before_stop(gateway.order_streams.release)
            before_stop(gateway.dashboard.streams.release)
            gc.collect()  # what is left now stays: no collection needs to look at it again
            gc.freeze()
            yield

    app = FastAPI(
        **about(),
        webhooks=webhooks.sent,
        lifespan=lifespan,
        exception_handlers=dict(EXCEPTION_HANDLERS),
        dependencies=[Depends(refuse_unknown_parameters)],
        telemetry=NO_TELEMETRY,
    )
    app.state.metrics = metrics
    # The last one added is the first that a request meets.
    app.add_middleware(Preconditions)
    app.add_middleware(CleanAddresses)
    app.add_middleware(UpstreamContextMiddleware)
    app.add_middleware(HeadRequests)
    app.add_middleware(RequestLog, metrics=metrics, trace_ratio=settings.trace_ratio)
    app.add_middleware(SocketLog, metrics=metrics, trace_ratio=settings.trace_ratio)
    for subject in SUBJECTS:
        app.include_router(subject.router)
    app.include_router(meta.documentation_router)
    app.include_router(health.health_router(checks))
    if settings.fault_plans:
        app.include_router(fault_plans.router)
    app.router.default = nowhere
    complete(app)
    return app
