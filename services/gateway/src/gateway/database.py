"""The gateway's own database: how long a statement may take, and the refusal while it is unavailable."""

from collections.abc import Iterator
from contextlib import contextmanager

from servicekit import is_connection_error

from gateway.problems.problem import ProblemError

TIMEOUT_S = 5.0


@contextmanager
def database_or_503() -> Iterator[None]:
    """Refuse a request while the database is unavailable.

    Raises:
        ProblemError: instead of what the database driver raised.
    """
    try:
        yield
    except Exception as error:
        if not is_connection_error(error):
            raise
        raise ProblemError("database_unavailable", "Orders cannot be written just now.") from error
