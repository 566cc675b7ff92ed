"""How a process that cannot start says so: one clear line instead of a traceback."""


class CannotStartError(RuntimeError):
    """Something that the process needs is missing; the message says what, and where.

    `servicekit.main` prints the message as one line and ends the process with exit code 2.
    """
