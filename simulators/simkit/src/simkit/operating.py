"""The routes for whoever operates a simulator: health, reset, behaviour."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from simkit.answers import json_response
from simkit.fault_switches import Switches
from simkit.journal import Journal, as_json
from simkit.metrics import read_metrics

Check = Callable[[], None]


def health_routes(checks: dict[str, Check]) -> APIRouter:
    """Serve `/healthz` (the process runs), `/readyz` (each named check passes) and `/metrics`."""
    router = APIRouter(tags=["operating"])
    router.add_api_route("/metrics", read_metrics, response_class=Response)

    @router.get("/healthz")
    async def healthz() -> Response:
        """Say that the process runs."""
        return json_response({"status": "ok"})

    @router.get("/readyz")
    async def readyz() -> Response:
        """Say whether it can do its work, and what stands in the way."""
        found = {name: _outcome(check) for name, check in checks.items()}
        ready = all(outcome == "ok" for outcome in found.values())
        body = {"status": "ready" if ready else "unavailable", "checks": found}
        return json_response(body, 200 if ready else 503)

    return router


def operating_routes(
    checks: dict[str, Check],
    switches: Switches[BaseModel],
    reset: Callable[[], None],
    journal: Journal | None = None,
) -> APIRouter:
    """Serve health, `/admin/reset` and `/admin/behaviour`; `/requests` where there is a journal."""
    router = health_routes(checks)

    if journal is not None:

        @router.get("/requests")
        async def read_requests(key: Annotated[str, Query(min_length=1)]) -> Response:
            """List the requests whose Idempotency-Key begins so, oldest first, and how each ended."""
            return json_response([as_json(row) for row in journal.of_keys(key)])

    @router.post("/admin/reset")
    async def reset_all() -> Response:
        """Empty the books and behave normally again."""
        reset()
        switches.put({})
        return json_response({"status": "empty"})

    @router.get("/admin/behaviour")
    async def get_behaviour() -> Response:
        """Say how it behaves now."""
        return json_response(_plain(switches.now))

    @router.put("/admin/behaviour")
    async def put_behaviour(wanted: dict[str, Any]) -> Response:
        """Behave as wanted; what is left out is normal again."""
        try:
            return json_response(_plain(switches.put(wanted)))
        except ValidationError as error:
            faults = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
            known = ", ".join(type(switches.now).model_fields)
            return json_response({"error": "; ".join(faults), "switches": known}, 400)

    return router


def _outcome(check: Check) -> str:
    try:
        check()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "ok"


def _plain(model: BaseModel) -> dict[str, Any]:
    return model.model_dump(mode="json")
