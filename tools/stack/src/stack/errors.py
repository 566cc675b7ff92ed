"""What is expected to go wrong. Nothing else is loaded here, so that telling of it costs nothing.

Each kind is a class beside the code that raises it; a command line tells them all alike.
"""


class StackError(RuntimeError):
    """Something that is expected to fail at times has failed; the message says what, and what to do."""


class SettingsError(ValueError):
    """A setting cannot be used; the message names it, its value and what it may be."""
