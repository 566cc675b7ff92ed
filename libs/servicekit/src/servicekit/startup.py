"""How a process starts that cannot start yet: it waits, can be stopped, or says why in one line."""

import os
import signal
from typing import NoReturn

import structlog

log = structlog.get_logger(__name__)

WAIT_S = 60.0
"""How long a process waits by default for what it needs, so that the order of starts does not matter."""


class CannotStartError(RuntimeError):
    """Something that the process needs is missing; the message says what, and where.

    `servicekit.main` prints the message as one line and ends the process with exit code 2.
    """


def leave(number: int) -> NoReturn:
    """End at once, as a shell names an end by this signal: what still waits at its start holds nothing."""
    log.info("stopped_before_ready", signal=signal.Signals(number).name)
    os._exit(128 + number)
