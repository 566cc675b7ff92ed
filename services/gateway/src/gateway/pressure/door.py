"""The door for new orders: closed while there are more than can be accepted soon.

It stands before everything else, since a refusal must cost next to nothing: at three times what the
gateway can take, two of three requests are refused. Of those nothing is read but the first line, and
nothing is written but a count: a line for each would cost as much as the rest of the refusal.
"""

import time
import uuid

import structlog
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from gateway.gateway import Gateway
from gateway.observing.metrics import Metrics
from gateway.problems.problem import ProblemError, problem_response

log = structlog.get_logger(__name__)
ORDERS, PLACING = "/v1/orders", "POST"
REFUSED = 503
SAY_EVERY_S = 10.0


class Door:
    """Stands around the application, and turns new orders away while the gateway is under pressure."""

    def __init__(self, app: Starlette) -> None:
        self._app = app
        self._said_at = float("-inf")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or tell it when to come back."""
        if scope["type"] != "http" or scope["path"] != ORDERS or scope["method"] != PLACING:
            await self._app(scope, receive, send)
            return
        gateway: Gateway = self._app.state.gateway
        refusal = gateway.pressure.refusal()
        if refusal is None:
            await self._app(scope, receive, send)
            return
        self._note(refusal)
        request_id = uuid.uuid4().hex
        answer = problem_response(refusal, request_id)
        answer.headers["X-Request-Id"] = request_id
        await answer(scope, receive, send)

    def _note(self, refusal: ProblemError) -> None:
        metrics: Metrics = self._app.state.metrics
        metrics.answered(ORDERS, PLACING, REFUSED, 0)
        metrics.refused(refusal.code)
        now = time.monotonic()
        if now - self._said_at > SAY_EVERY_S:
            self._said_at = now
            log.warning("turning orders away", reason=refusal.detail)
