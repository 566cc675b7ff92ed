"""Health over HTTP, as a part of what is promised."""

from fastapi import APIRouter
from servicekit import Health
from starlette.routing import Route

from gateway.contract.information import HEALTHZ, READYZ

PROMISED = {
    "/healthz": ("is_alive", "Say that the process runs.", HEALTHZ),
    "/readyz": ("is_ready", "Say whether the process can do its work.", READYZ),
}


def health_router(health: Health) -> APIRouter:
    """`/healthz` says that the process runs, `/readyz` that it can do its work."""
    router = APIRouter(tags=["health"])
    for route in health.routes():
        assert isinstance(route, Route)  # noqa: S101  # they are plain routes
        name, does, promised = PROMISED[route.path]
        router.add_api_route(route.path, route.endpoint, name=name, description=does, **promised)
    return router
