"""The gateway as an ASGI application."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from servicekit import Health

from gateway.background import before_stop
from gateway.contract.document import complete
from gateway.contract.words import about
from gateway.http.clean_addresses import CleanAddresses
from gateway.http.head_requests import HeadRequests
from gateway.information import documentation_routes, information_routes, metrics_routes
from gateway.information.health_routes import health_router
from gateway.live import dashboard_routes, order_stream_routes, ticket_routes
from gateway.observing.gauges import watch_gateway
from gateway.observing.metrics import Metrics
from gateway.observing.request_log import RequestLog
from gateway.observing.socket_log import SocketLog
from gateway.opening import open_gateway
from gateway.orders import fault_plan_routes, order_routes
from gateway.problems.telling import TELLING, nowhere
from gateway.products import availability_routes, product_routes
from gateway.settings import GatewaySettings
from gateway.upstreams.hop import OnBehalf
from gateway.webhooks import webhook_routes

PARTS = (
    order_routes,
    order_stream_routes,
    ticket_routes,
    dashboard_routes,
    product_routes,
    availability_routes,
    webhook_routes,
    information_routes,
    metrics_routes,
    documentation_routes,
)


def create_app(settings: GatewaySettings) -> FastAPI:
    """Put the gateway together."""
    health, metrics = Health(), Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_gateway(settings, health) as gateway:
            app.state.gateway = gateway
            watch_gateway(metrics, gateway)
            before_stop(gateway.waiters.release)
            before_stop(gateway.subscriptions.release)
            before_stop(gateway.dashboard.streams.release)
            gc.collect()  # what is left now stays: no collection needs to look at it again
            gc.freeze()
            yield

    app = FastAPI(
        **about(),
        webhooks=webhook_routes.sent,
        lifespan=lifespan,
        exception_handlers=dict(TELLING),
    )
    app.state.metrics = metrics
    app.add_middleware(CleanAddresses)
    app.add_middleware(OnBehalf)
    app.add_middleware(HeadRequests)
    app.add_middleware(RequestLog, metrics=metrics)
    app.add_middleware(SocketLog, metrics=metrics)
    for part in PARTS:
        app.include_router(part.router)
    app.include_router(health_router(health))
    if settings.fault_plans:
        app.include_router(fault_plan_routes.router)
    app.router.default = nowhere
    complete(app)
    return app
