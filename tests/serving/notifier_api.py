"""The notifier's API as a process of its own, for those who call it over HTTP."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from testkit.ports import free_port
from testkit.processes import running

KEY = base64.b64encode(b"k" * 32).decode()
"""What its secrets are sealed with."""


@contextmanager
def notifier_api(database_url: str, log: Path, **environment: str) -> Iterator[str]:
    """The address of the API on a migrated database, ready for as long as the block lasts."""
    variables = {
        "DATABASE_URL": database_url,
        "HTTP_PORT": str(free_port()),
        "SEALING_KEY": KEY,
        **environment,
    }
    with running("notifier", "api", log=log, **variables) as process:
        yield process.url
