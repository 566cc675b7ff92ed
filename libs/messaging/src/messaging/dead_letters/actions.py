"""What operators asked to be done about dead letters, and how a letter is settled with it: once.

What the inbox is to an event, the open letter is to an act: the transaction that holds the effects
settles the letter, so a second act finds none.
"""

from collections.abc import Sequence

from events import DeadLetterOutcome
from servicekit import Connection, storable

from messaging.model.delivery import Redrive

ASKED = """
    SELECT a.id AS action_id, a.action, l.id, l.origin, l.partition, l."offset", l.key, l.value,
           l.headers
    FROM dead_letter_actions a JOIN dead_letters l ON l.id = a.dead_letter_id
    WHERE a.done_at IS NULL AND NOT a.id = ANY($1::bigint[]) ORDER BY a.id LIMIT 100
"""
SETTLE = """
    WITH asked AS (
        SELECT id, dead_letter_id FROM dead_letter_actions
        WHERE id = ANY($1::bigint[]) AND done_at IS NULL ORDER BY id FOR UPDATE
    ), settled AS (
        UPDATE dead_letters AS l SET settled_at = now(), outcome = $2 FROM asked
        WHERE l.id = asked.dead_letter_id AND l.settled_at IS NULL RETURNING asked.id AS action_id
    )
    UPDATE dead_letter_actions AS a
    SET done_at = now(), outcome = CASE WHEN s.action_id IS NULL THEN 'settled before' ELSE $2 END
    FROM asked LEFT JOIN settled AS s ON s.action_id = asked.id
    WHERE a.id = asked.id RETURNING a.id, s.action_id IS NOT NULL
"""
FAIL = """
    WITH asked AS (
        UPDATE dead_letter_actions SET done_at = now(), outcome = 'failed: ' || $2
        WHERE id = $1 AND done_at IS NULL RETURNING dead_letter_id
    )
    UPDATE dead_letters AS l SET error = $2 FROM asked
    WHERE l.id = asked.dead_letter_id AND l.settled_at IS NULL
"""


async def settle_redriven(connection: Connection, redrives: Sequence[Redrive]) -> set[int]:
    """Settle the letters of these; returns the actions whose letter was still open."""
    settled: set[int] = set()
    for outcome in DeadLetterOutcome:
        actions = [redrive.action for redrive in redrives if redrive.outcome is outcome]
        settled |= await settle(connection, actions, outcome)
    return settled


async def note_failure(connection: Connection, redrive: Redrive, error: Exception) -> None:
    """Record that the letter failed again: it stays open, with what is wrong now."""
    await connection.execute(FAIL, redrive.action, storable(f"{type(error).__name__}: {error}"))


async def settle(
    connection: Connection, actions: Sequence[int], outcome: DeadLetterOutcome
) -> set[int]:
    """Settle the letters of these actions so; returns the actions whose letter was still open."""
    if not actions:
        return set()
    rows = await connection.fetch(SETTLE, sorted(actions), outcome)
    return {action for action, was_open in rows if was_open}
