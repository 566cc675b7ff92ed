"""How it is said reliably: outbox, relay, inbox, handlers, commands, dead letters.

A service is at-least-once on the wire and exactly-once in its effects on its own database: what it
hears, what it changes and what it says are one transaction.

`messaging.app` and `messaging.worker` are imported where they are needed: a migration or a read API
has no use for Faust.
"""

from messaging.answers import NoAnswerError, RefusedError, TryAgainError
from messaging.commands import Command, Commands
from messaging.facts import Alarm, Answer, CommandRedriven, CommandRefused
from messaging.handlers import Handlers, UndeclaredEffectError
from messaging.lifecycle import IllegalTransitionError, Lifecycle
from messaging.rows import Rows
from messaging.tables import (
    commands_table,
    dead_letter_actions_table,
    dead_letters_table,
    inbox_table,
    outbox_table,
    set_asides_table,
)
from messaging.work import Aggregate, UnitOfWork, order_ids

__all__ = [
    "Aggregate",
    "Alarm",
    "Answer",
    "Command",
    "CommandRedriven",
    "CommandRefused",
    "Commands",
    "Handlers",
    "IllegalTransitionError",
    "Lifecycle",
    "NoAnswerError",
    "RefusedError",
    "Rows",
    "TryAgainError",
    "UndeclaredEffectError",
    "UnitOfWork",
    "commands_table",
    "dead_letter_actions_table",
    "dead_letters_table",
    "inbox_table",
    "order_ids",
    "outbox_table",
    "set_asides_table",
]
