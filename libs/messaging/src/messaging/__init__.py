"""How it is said reliably: outbox, relay, inbox, handlers, commands, dead letters.

A service is at-least-once on the wire and exactly-once in its effects on its own database: what it
hears, what it changes and what it says are one transaction.
"""

from messaging.app import Agent, create_app, follow
from messaging.commands import Command, Commands, TryAgainError
from messaging.facts import Alarm, Answer
from messaging.handlers import Handlers, UndeclaredEffectError
from messaging.lifecycle import IllegalTransitionError, Lifecycle
from messaging.rows import Rows
from messaging.tables import commands_table, dead_letters_table, inbox_table, outbox_table
from messaging.work import Aggregate, UnitOfWork, order_ids
from messaging.worker import Outside, Worker

__all__ = [
    "Agent",
    "Aggregate",
    "Alarm",
    "Answer",
    "Command",
    "Commands",
    "Handlers",
    "IllegalTransitionError",
    "Lifecycle",
    "Outside",
    "Rows",
    "TryAgainError",
    "UndeclaredEffectError",
    "UnitOfWork",
    "Worker",
    "commands_table",
    "create_app",
    "dead_letters_table",
    "follow",
    "inbox_table",
    "order_ids",
    "outbox_table",
]
