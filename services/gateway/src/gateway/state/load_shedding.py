"""Load shedding: new orders are refused while there are more than can be accepted soon.

It stands before everything else, since a refusal must cost next to nothing: at three times what the
gateway can take, two of three requests are refused. Of those nothing is read but the first line, and
nothing is written but a count: a line for each would cost as much as the rest of the refusal.
"""

import time
import uuid
from collections.abc import Sized

import asyncpg
import structlog
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from gateway.observing.metrics import Metrics
from gateway.problems.problem import ProblemError, problem_response

REFRESH_EVERY_S = 1.0
TIMEOUT_S = 5.0
TOLERATED = 10
"""A few records that the broker refuses for good must not close the shop."""

# Counts no further than it has to: a table that is far too long need not be read to its end.
LOOK = """
    SELECT (SELECT count(*) FROM (SELECT FROM outbox LIMIT $1) AS waiting),
           (SELECT count(*) FROM (
               SELECT FROM outbox WHERE created_at < now() - make_interval(secs => $2) LIMIT $3
           ) AS late),
           coalesce((SELECT extract(epoch FROM clock_timestamp() - created_at)
                     FROM outbox ORDER BY position LIMIT 1), 0)::float8
"""


class Backlog:
    """The outbox of all gateways that share the database, as it was a second ago at most.

    It is looked at every second and not for every order, so a second's orders may go beyond a
    bound. While the database does not answer, the last look stands. `rows` are counted up to one
    more than the bound.
    """

    def __init__(self, pool: asyncpg.Pool, max_rows: int, max_age_s: float) -> None:
        self._pool = pool
        self._max_rows = max_rows
        self._max_age_s = max_age_s
        self._late = 0
        self.rows = 0
        self.oldest_s = 0.0

    async def refresh(self) -> None:
        """Read the size and age of the outbox."""
        bounds = (self._max_rows + 1, self._max_age_s, TOLERATED + 1)
        found = await self._pool.fetchrow(LOOK, *bounds, timeout=TIMEOUT_S)
        assert found is not None  # noqa: S101  # it has no WHERE
        self.rows, self._late, self.oldest_s = found

    @property
    def is_too_much(self) -> bool:
        """Whether nothing should be added, or orders would be accepted that are relayed too late."""
        return self.rows > self._max_rows or self._late > TOLERATED


log = structlog.get_logger(__name__)
ORDERS, PLACING = "/v1/orders", "POST"
REFUSED = 503
LOG_EVERY_S = 10.0


class LoadShedding:
    """ASGI middleware around the application: refuses new orders while the gateway is under pressure."""

    def __init__(self, app: Starlette) -> None:
        self._app = app
        self._logged_at = float("-inf")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or refuse it with the time of a retry."""
        if scope["type"] != "http" or scope["path"] != ORDERS or scope["method"] != PLACING:
            await self._app(scope, receive, send)
            return
        load: OrderLoad = self._app.state.gateway.load
        refusal = load.refusal()
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
        if now - self._logged_at > LOG_EVERY_S:
            self._logged_at = now
            log.warning("load_shedding", reason=refusal.detail)


FULL = ProblemError("overloaded", "As many orders as can be written soon are in hand.")
BEHIND = ProblemError(
    "overloaded",
    "Too much that was accepted has not been passed on yet.",
    headers={"Retry-After": "5"},
)


class OrderLoad:
    """Judge of whether another order may come in.

    `in_flight` are the orders that wait for the database, at most `limit` of them. A longer queue
    would not let more orders through: it only lets each wait longer, in the end for nothing.
    """

    def __init__(self, in_flight: Sized, backlog: Backlog, limit: int) -> None:
        self._in_flight = in_flight
        self._limit = limit
        self.backlog = backlog

    def refusal(self) -> ProblemError | None:
        """Return why no order may come in just now; None if one may."""
        if len(self._in_flight) >= self._limit:
            return FULL
        return BEHIND if self.backlog.is_too_much else None
