"""Pages of other origins: which may read what the gateway answers.

None may unless listed. There are no cookies here, so credentials in the sense of CORS are never
allowed: a page sends its token itself. Source: the Fetch standard, section 3.3 (CORS protocol).
"""

from servicekit.origins import split
from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from gateway.openapi.headers import HEADERS
from gateway.openapi.parameters import PARAMETERS

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")
ALLOWED = ("Authorization", "Cache-Control", "X-Request-Id", "traceparent", *PARAMETERS)
"""Fields that a page of another origin may send, beside those that every page may."""


class CrossOrigin(CORSMiddleware):
    """ASGI middleware: lets pages of the listed origins read responses, refusals and streams included."""

    def __init__(self, app: ASGIApp, listed: str) -> None:
        super().__init__(
            app,
            allow_origins=split(listed),
            allow_methods=METHODS,
            allow_headers=ALLOWED,
            expose_headers=tuple(HEADERS),
        )

    def let_read(self, answer: MutableHeaders, origin: str) -> None:
        """Let a page read an answer that does not come from the application."""
        answer.update(self.simple_headers)
        if not self.allow_all_origins and self.is_allowed_origin(origin):
            self.allow_explicit_origin(answer, origin)
