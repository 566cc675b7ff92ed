"""What the gateway says about itself: where things are, and what its problems mean."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from gateway.contract.information import INDEX, LIST_PROBLEMS, READ_PROBLEM
from gateway.contract.parameters import CodeInPath
from gateway.problems.kinds.catalogue import KINDS
from gateway.problems.pages import prefers_html, problem_page, problems_page
from gateway.problems.problem import ProblemError

router = APIRouter(tags=["information"])


@router.get("/", **INDEX)
async def index() -> JSONResponse:
    """Say where things are."""
    links = {
        "orders": "/v1/orders",
        "products": "/v1/products",
        "dashboard": "/dashboard/events",
        "problems": "/problems",
        "documentation": "/docs",
        "openapi": "/openapi.json",
        "health": "/healthz",
        "readiness": "/readyz",
        "metrics": "/metrics",
    }
    return JSONResponse({"service": "gateway", "links": links})


@router.get("/problems", **LIST_PROBLEMS)
async def list_problems(request: Request) -> Response:
    """Say what can be refused, and what to do about it."""
    kinds = [_describe(code) for code in KINDS]
    return _told(request, {"data": kinds}, lambda: problems_page(kinds))


@router.get("/problems/{code}", **READ_PROBLEM)
async def read_problem(request: Request, code: CodeInPath) -> Response:
    """Say what one kind of problem means."""
    if code not in KINDS:
        raise ProblemError("not_found", "There is no problem with this code.")
    kind = _describe(code)
    return _told(request, kind, lambda: problem_page(kind))


def _told(request: Request, document: dict[str, Any], page: Callable[[], str]) -> Response:
    """The document, or a page for people who look with a browser."""
    vary = {"Vary": "Accept"}
    if prefers_html(request.headers.get("accept", "")):
        return HTMLResponse(page(), headers=vary)
    return JSONResponse(document, headers=vary)


def _describe(code: str) -> dict[str, Any]:
    kind = KINDS[code]
    return {
        "code": code,
        "status": kind.status,
        "title": kind.title,
        "cause": kind.cause,
        "advice": kind.advice,
    }
