"""Speaking HTTP with clients: what never becomes a request is refused with a problem document, too."""

from typing import Any

from servicekit.http.protocol import StrictProtocol
from servicekit.http.refusals import Refusal
from starlette.datastructures import Headers
from starlette.responses import Response

from gateway.cross_origin import CrossOrigin
from gateway.observing.metrics import OTHER, Metrics
from gateway.problems.problem import ProblemError, problem_response


class ProblemProtocol(StrictProtocol):
    """Speaks HTTP with one client; `pages` are those of other origins that may read a refusal, too."""

    def __init__(
        self, *crowd: Any, metrics: Metrics, pages: CrossOrigin | None, **told: Any
    ) -> None:
        super().__init__(*crowd, **told)
        self._metrics = metrics
        self._pages = pages

    def told(self, refusal: Refusal, request_id: str) -> Response:
        """Return the problem document of a refusal, and count it: no route and no method was read."""
        self._metrics.answered(None, OTHER, refusal.status, 0)
        self._metrics.refused(refusal.code)
        problem = ProblemError(refusal.code, refusal.detail, headers=refusal.headers)
        answer = problem_response(problem, request_id)
        origin = self._origin()
        if self._pages is not None and origin is not None:
            self._pages.let_read(answer.headers, origin)
        return answer

    def _origin(self) -> str | None:
        """Return whose page asks, as far as the head has been read."""
        return Headers(raw=self.headers).get("origin") if self.begun else None
