# The public face: names by room. `__init__.py` loads what is listed here on demand.

from .commands.answers import NoAnswerError, RefusedError, TryAgainError, reason_of, refused
from .commands.sorting import CODE, Neighbour, No, Sort, Table
from .dead_letters.unpublishable import OutboxRedriver, set_aside_unpublishable
from .inbound.consumer import Agent, create_app, follow
from .inbound.counting import BatchClock
from .inbound.processor import Committed, Processor
from .inbound.spans import BatchSpans
from .model.buffer import Buffer
from .model.commands import Command, Commands
from .model.decoding import decode_delivery, to_delivery
from .model.delivery import ConsumedRecord, Delivery, Fact, MessageContext
from .model.facts import Answer, CommandRedriven, CommandRefused, Timer
from .model.handlers import Handlers, UndeclaredEffectError
from .model.lifecycle import IllegalTransitionError, Lifecycle
from .model.rows import Rows
from .model.spans import creation_context
from .model.unit_of_work import Aggregate, UnitOfWork, order_ids
from .outbound.outbox import OutboxRow, dump_headers, records_of, write_outbox
from .outbound.publisher import Publisher
from .outbound.relay import Relay
from .reader import TopicReader
from .runtime.backlog import TableBacklog
from .runtime.group_offsets import committed_offsets, offset_clients, partitions_of
from .runtime.process import Running, run_agent
from .runtime.topics import require_topics
from .runtime.watchdog import Watchdog
from .runtime.worker import BackgroundTask, ExternalClient, Worker
from .schema.migrations import (
    add_dead_letters,
    add_redrive,
    add_set_asides,
    create_tables,
    index_inbox,
)
from .schema.tables import (
    commands_table,
    dead_letter_actions_table,
    dead_letters_table,
    inbox_table,
    outbox_table,
    set_asides_table,
)

__all__ = [
    "CODE",
    "Agent",
    "Aggregate",
    "Answer",
    "BackgroundTask",
    "BatchClock",
    "BatchSpans",
    "Buffer",
    "Command",
    "CommandRedriven",
    "CommandRefused",
    "Commands",
    "Committed",
    "ConsumedRecord",
    "Delivery",
    "ExternalClient",
    "Fact",
    "Handlers",
    "IllegalTransitionError",
    "Lifecycle",
    "MessageContext",
    "Neighbour",
    "No",
    "NoAnswerError",
    "OutboxRedriver",
    "OutboxRow",
    "Processor",
    "Publisher",
    "RefusedError",
    "Relay",
    "Rows",
    "Running",
    "Sort",
    "Table",
    "TableBacklog",
    "Timer",
    "TopicReader",
    "TryAgainError",
    "UndeclaredEffectError",
    "UnitOfWork",
    "Watchdog",
    "Worker",
    "add_dead_letters",
    "add_redrive",
    "add_set_asides",
    "commands_table",
    "committed_offsets",
    "create_app",
    "create_tables",
    "creation_context",
    "dead_letter_actions_table",
    "dead_letters_table",
    "decode_delivery",
    "dump_headers",
    "follow",
    "inbox_table",
    "index_inbox",
    "offset_clients",
    "order_ids",
    "outbox_table",
    "partitions_of",
    "reason_of",
    "records_of",
    "refused",
    "require_topics",
    "run_agent",
    "set_aside_unpublishable",
    "set_asides_table",
    "to_delivery",
    "write_outbox",
]
