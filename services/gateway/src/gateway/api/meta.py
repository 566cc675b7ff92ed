"""The gateway about itself: where things are, what its problems mean, and `/docs`, the OpenAPI document for people."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response

from gateway.http.fields import whole
from gateway.openapi.operation import Answer, operation
from gateway.openapi.parameters import CodeInPath
from gateway.openapi.problem_pages import prefers_html, problem_page, problems_page
from gateway.problems.problem import PROBLEM_TYPES, ProblemError


class Index(BaseModel):
    """Where things are: addresses by what is found there."""

    service: str
    links: dict[str, str]


class ProblemKind(BaseModel):
    """A kind of problem: when it happens, and what to do about it."""

    code: str
    status: int
    title: str
    cause: str
    advice: str


class ProblemKinds(BaseModel):
    """Every kind of problem, in the order of their statuses."""

    data: list[ProblemKind]


_PAGE = "<!doctype html><title>The query is bad</title>"
INDEX = operation(
    Answer(
        status=200,
        says="The addresses.",
        model=Index,
        example="index",
    )
)
LIST_PROBLEMS = operation(
    Answer(
        status=200,
        says="The kinds of problems; a page for people if the client prefers HTML.",
        model=ProblemKinds,
        example="problem_kinds",
        media={"text/html": _PAGE},
    )
)
READ_PROBLEM = operation(
    Answer(
        status=200,
        says="The kind of problem; a page for people if the client prefers HTML.",
        model=ProblemKind,
        example="problem_kind",
        media={"text/html": _PAGE},
    ),
    refuses=("not_found",),
)

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
    kinds = [_describe(code) for code in PROBLEM_TYPES]
    return _told(request, {"data": kinds}, lambda: problems_page(kinds))


@router.get("/problems/{code}", **READ_PROBLEM)
async def read_problem(request: Request, code: CodeInPath) -> Response:
    """Say what one kind of problem means."""
    if code not in PROBLEM_TYPES:
        raise ProblemError("not_found", "There is no problem with this code.")
    kind = _describe(code)
    return _told(request, kind, lambda: problem_page(kind))


def _told(request: Request, document: dict[str, Any], page: Callable[[], str]) -> Response:
    """Return the document, or a page for people who look with a browser."""
    vary = {"Vary": "Accept"}
    if prefers_html(whole(request.headers, "accept")):
        return HTMLResponse(page(), headers=vary)
    return JSONResponse(document, headers=vary)


def _describe(code: str) -> dict[str, Any]:
    kind = PROBLEM_TYPES[code]
    return {
        "code": code,
        "status": kind.status,
        "title": kind.title,
        "cause": kind.cause,
        "advice": kind.advice,
    }


EXPLORER = Path(__file__).parent / "explorer"
EXPLORER_PAGE = "index.html"
EXPLORER_PARTS = ("swagger-ui-bundle.js", "swagger-ui.css", "start.js", "favicon-32x32.png")
# Swagger UI writes styles into its elements, and draws its arrows from data.
EXPLORER_POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
EXPLORER_HEADERS = {
    "Cache-Control": "public, max-age=3600",
    "Content-Security-Policy": EXPLORER_POLICY,
    "X-Content-Type-Options": "nosniff",
}

documentation_router = APIRouter(prefix="/docs", include_in_schema=False)


@documentation_router.get("")
async def read_documentation() -> Response:
    """The page."""
    return FileResponse(EXPLORER / EXPLORER_PAGE, headers=EXPLORER_HEADERS)


@documentation_router.get("/{part}")
async def read_part(part: str) -> Response:
    """A part of the page: its script, its style."""
    if part not in EXPLORER_PARTS:
        raise ProblemError("not_found", "The documentation has no such part.")
    return FileResponse(EXPLORER / part, headers=EXPLORER_HEADERS)
