"""The gateway as an ASGI application."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from operator import attrgetter

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from servicekit import Health
from starlette.exceptions import HTTPException
from starlette.responses import Response

from gateway import (
    documentation_routes,
    fault_plan_routes,
    information_routes,
    metrics_routes,
    order_routes,
    product_routes,
)
from gateway.background import before_stop
from gateway.contract.document import complete
from gateway.contract.words import TAGS, description
from gateway.health_routes import health_router
from gateway.observing.gauges import watch_gateway
from gateway.observing.metrics import Metrics
from gateway.observing.notes import note_refusal, request_id_of
from gateway.observing.request_log import RequestLog
from gateway.observing.socket_log import SocketLog
from gateway.opening import open_gateway
from gateway.pressure.door import Door
from gateway.problems import Fault, ProblemError, problem_response
from gateway.settings import GatewaySettings

METHOD_NOT_ALLOWED = 405
PARTS = (order_routes, product_routes, information_routes, metrics_routes, documentation_routes)


def create_app(settings: GatewaySettings) -> FastAPI:
    """Put the gateway together."""
    health, metrics = Health(), Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_gateway(settings, health) as gateway:
            app.state.gateway = gateway
            watch_gateway(metrics, gateway)
            before_stop(gateway.waiters.release)
            gc.collect()  # what is left now stays: no collection needs to look at it again
            gc.freeze()
            yield

    app = FastAPI(
        title="orderstream gateway",
        version=version("orderstream-gateway"),
        description=description(),
        license_info={"name": "MIT", "identifier": "MIT"},
        servers=[{"url": "/", "description": "Where this document comes from."}],
        openapi_tags=TAGS,
        generate_unique_id_function=attrgetter("name"),
        separate_input_output_schemas=False,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        exception_handlers={
            ProblemError: _tell,
            RequestValidationError: _tell_query,
            HTTPException: _tell_http,
        },
    )
    app.state.metrics = metrics
    app.add_middleware(RequestLog, metrics=metrics)
    app.add_middleware(SocketLog, metrics=metrics)
    app.add_middleware(Door, metrics=metrics)  # what is added last stands before all others
    for part in PARTS:
        app.include_router(part.router)
    app.include_router(health_router(health))
    if settings.fault_plans:
        app.include_router(fault_plan_routes.router)
    complete(app)
    return app


async def _tell(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, ProblemError)  # noqa: S101  # registered for this class
    note_refusal(request.scope, problem.code)
    return problem_response(problem, request_id_of(request.scope))


async def _tell_query(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for this class
    faults = [Fault(f"/{item['loc'][-1]}", f"{item['msg']}.") for item in error.errors()]
    return await _tell(
        request, ProblemError("invalid_query", "Some parameters are wrong.", errors=faults)
    )


async def _tell_http(request: Request, error: Exception) -> Response:
    """What the framework refuses by itself: unknown addresses and wrong methods."""
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for this class
    code = "method_not_allowed" if error.status_code == METHOD_NOT_ALLOWED else "not_found"
    detail = f"{error.detail}."
    return await _tell(request, ProblemError(code, detail, headers=error.headers))
