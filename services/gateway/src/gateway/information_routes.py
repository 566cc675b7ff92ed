"""What the gateway says about itself: where things are, and what its problems mean."""

from typing import Any

from fastapi import APIRouter

from gateway.problem_kinds.catalogue import KINDS
from gateway.problems import ProblemError

router = APIRouter(tags=["information"])


@router.get("/")
async def index() -> dict[str, Any]:
    """Say where things are."""
    return {
        "service": "gateway",
        "links": {
            "orders": "/v1/orders",
            "products": "/v1/products",
            "problems": "/problems",
            "documentation": "/docs",
            "openapi": "/openapi.json",
            "health": "/healthz",
            "readiness": "/readyz",
            "metrics": "/metrics",
        },
    }


@router.get("/problems")
async def list_problems() -> dict[str, Any]:
    """Say what can be refused, and what to do about it."""
    return {"data": [_describe(code) for code in KINDS]}


@router.get("/problems/{code}")
async def read_problem(code: str) -> dict[str, Any]:
    """Say what one kind of problem means."""
    if code not in KINDS:
        raise ProblemError("not_found", "There is no problem with this code.")
    return _describe(code)


def _describe(code: str) -> dict[str, Any]:
    kind = KINDS[code]
    return {
        "code": code,
        "status": kind.status,
        "title": kind.title,
        "cause": kind.cause,
        "advice": kind.advice,
    }
