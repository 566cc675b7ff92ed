"""Why there is no verdict."""


class CannotAuditError(RuntimeError):
    """The books could not be read, or not at rest; the message says which and what to do."""
