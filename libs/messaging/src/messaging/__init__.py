"""Reliable messaging: outbox, relay, inbox, handlers, commands, dead letters.

A service is at-least-once on the wire and exactly-once in its effects on its own database: what it
consumes, what it changes and what it emits are one transaction.

All that may be imported from here is listed in `__init__.pyi`, with the room that it comes from; an
import contract forbids the rest. A room is loaded when one of its names is asked for first: a
migration or a read API has no use for Kafka clients. Tests find `messaging.testing` beside it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
