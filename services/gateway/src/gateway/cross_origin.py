"""Pages of other origins: which may read what the gateway answers.

None may unless listed. There are no cookies here, so credentials in the sense of CORS are never
allowed: a page sends its token itself. Source: the Fetch standard, section 3.3 (CORS protocol).
"""

import uuid

from servicekit.origins import split
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp

from gateway.observing.metrics import OTHER, Metrics
from gateway.openapi.headers import HEADERS
from gateway.openapi.parameters import PARAMETERS
from gateway.problems.problem import ProblemError, problem_response

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")
ALLOWED = ("Authorization", "Cache-Control", "X-Request-Id", "traceparent", *PARAMETERS)
"""Fields that a page of another origin may send, beside those that every page may."""
OK = 200
CODE = "cross_origin_refused"
STARLETTES = "Disallowed CORS "
"""How Starlette begins its plain text, before what it refuses: origin, method, headers."""


class CrossOrigin(CORSMiddleware):
    """ASGI middleware: lets pages of the listed origins read responses, refusals and streams included."""

    def __init__(self, app: ASGIApp, listed: str, metrics: Metrics) -> None:
        super().__init__(
            app,
            allow_origins=split(listed),
            allow_methods=METHODS,
            allow_headers=ALLOWED,
            expose_headers=tuple(HEADERS),
        )
        self._metrics = metrics

    def preflight_response(self, request_headers: Headers) -> Response:
        """Answer a browser that asks in advance: what a page may send, or a problem document."""
        answer = super().preflight_response(request_headers)
        return answer if answer.status_code == OK else self._refused(answer)

    def _refused(self, answer: Response) -> Response:
        """Return a refusal with the same permissions, so that a page of a listed origin can read it."""
        failures = bytes(answer.body).decode().removeprefix(STARLETTES)
        problem = ProblemError(CODE, f"Not allowed from another origin: {failures}.")
        request_id = uuid.uuid4().hex
        refusal = problem_response(problem, request_id)
        for name, value in answer.headers.items():
            refusal.headers.setdefault(name, value)
        refusal.headers["X-Request-Id"] = request_id
        self._metrics.answered(None, OTHER, refusal.status_code, 0)
        self._metrics.refused(CODE)
        return refusal

    def let_read(self, answer: MutableHeaders, origin: str) -> None:
        """Let a page read an answer that does not come from the application."""
        answer.update(self.simple_headers)
        if not self.allow_all_origins and self.is_allowed_origin(origin):
            self.allow_explicit_origin(answer, origin)
