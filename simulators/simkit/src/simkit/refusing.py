"""How a simulator that cannot start says so."""

import sys
from typing import NoReturn


def refuse(name: str, reason: str) -> NoReturn:
    """End the process with exit code 2 and one line that says what to change."""
    print(f"{name}: {reason}", file=sys.stderr)  # noqa: T201  # logging may not be set up yet
    raise SystemExit(2)
