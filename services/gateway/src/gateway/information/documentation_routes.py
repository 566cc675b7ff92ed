"""`/docs`: the OpenAPI document for people, who can try it out there. Nothing is loaded from elsewhere."""

from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from gateway.problems.problem import ProblemError

FOLDER = Path(__file__).parent / "explorer"
PAGE = "index.html"
PARTS = ("swagger-ui-bundle.js", "swagger-ui.css", "start.js", "favicon-32x32.png")
# Swagger UI writes styles into its elements, and draws its arrows from data.
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
HEADERS = {
    "Cache-Control": "public, max-age=3600",
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
}

router = APIRouter(prefix="/docs", include_in_schema=False)


@router.get("")
async def read_documentation() -> Response:
    """The page."""
    return FileResponse(FOLDER / PAGE, headers=HEADERS)


@router.get("/{part}")
async def read_part(part: str) -> Response:
    """A part of the page: its script, its style."""
    if part not in PARTS:
        raise ProblemError("not_found", "The documentation has no such part.")
    return FileResponse(FOLDER / part, headers=HEADERS)
