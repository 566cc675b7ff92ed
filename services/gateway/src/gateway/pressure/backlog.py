"""How much of what was accepted has not reached the broker yet."""

import asyncpg

LOOK_EVERY_S = 1.0
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

    async def look(self) -> None:
        """Look at the outbox."""
        bounds = (self._max_rows + 1, self._max_age_s, TOLERATED + 1)
        found = await self._pool.fetchrow(LOOK, *bounds, timeout=TIMEOUT_S)
        assert found is not None  # noqa: S101  # it has no WHERE
        self.rows, self._late, self.oldest_s = found

    @property
    def is_too_much(self) -> bool:
        """Whether nothing should be added, lest orders be accepted that nobody hears of in time."""
        return self.rows > self._max_rows or self._late > TOLERATED
