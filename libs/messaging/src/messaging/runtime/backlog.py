"""What waits in a service's tables, looked at by the one instance that sweeps the outbox."""

from dataclasses import dataclass, field
from functools import partial

import asyncpg
from servicekit.metrics import Values

from messaging import metrics
from messaging.outbound.relay import Relay

LOOK_EVERY_S = 5.0
MOST_ROWS = 100_000
"""How far the outbox is counted: a table that is far too long need not be read to its end."""
OUTBOX, COMMANDS, DEAD_LETTERS = "outbox", "commands", "dead letters"
LOOK = """
    SELECT 'outbox' AS what, '' AS kind,
           (SELECT count(*) FROM (SELECT FROM outbox LIMIT $1) AS waiting) AS rows,
           coalesce((SELECT extract(epoch FROM clock_timestamp() - created_at)
                     FROM outbox ORDER BY position LIMIT 1), 0)::float8 AS oldest_s
    UNION ALL
    SELECT 'dead letters', '', count(*), 0 FROM dead_letters WHERE settled_at IS NULL
"""
LOOK_AT_COMMANDS = """
    UNION ALL
    SELECT 'commands', kind, count(*),
           extract(epoch FROM clock_timestamp() - min(created_at))::float8
    FROM commands GROUP BY kind
"""


@dataclass(slots=True)
class _Waiting:
    """Rows that wait, and the age of the oldest, by kind."""

    rows: dict[tuple[str, ...], float] = field(default_factory=dict)
    oldest_s: dict[tuple[str, ...], float] = field(default_factory=dict)


class TableBacklog:
    """What waits in the tables of one service; nothing is known where another instance leads.

    `kinds` are those of the commands that the service asks, if it asks any.
    """

    def __init__(self, pool: asyncpg.Pool, relay: Relay, kinds: tuple[str, ...] = ()) -> None:
        self._pool = pool
        self._relay = relay
        self._kinds = kinds
        self._found: dict[str, _Waiting] = {}
        for gauge, what in (
            (metrics.OUTBOX_ROWS, OUTBOX),
            (metrics.DEAD_LETTERS_OPEN, DEAD_LETTERS),
            (metrics.COMMANDS_PENDING, COMMANDS),
        ):
            gauge.show(partial(self._rows, what))
        metrics.OUTBOX_OLDEST.show(partial(self._oldest, OUTBOX))
        metrics.COMMANDS_OLDEST.show(partial(self._oldest, COMMANDS))

    async def look(self) -> None:
        """Look at the tables, if this instance leads."""
        if not self._relay.leads:
            self._found = {}
            return
        rows = await self._pool.fetch(LOOK + LOOK_AT_COMMANDS * bool(self._kinds), MOST_ROWS)
        none: dict[tuple[str, ...], float] = {(kind,): 0.0 for kind in self._kinds}
        found = {COMMANDS: _Waiting(dict(none), dict(none))}
        for row in rows:
            waiting = found.setdefault(row["what"], _Waiting())
            labels = (row["kind"],) if row["kind"] else ()
            waiting.rows[labels] = row["rows"]
            waiting.oldest_s[labels] = max(0.0, row["oldest_s"])
        self._found = found

    def _rows(self, what: str) -> Values:
        return self._found[what].rows if what in self._found else {}

    def _oldest(self, what: str) -> Values:
        return self._found[what].oldest_s if what in self._found else {}
