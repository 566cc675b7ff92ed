"""How long a client prefers to wait for the outcome. Source: RFC 7240 (Prefer), section 4.3."""

import re

MAX_WAIT_S = 30
_WAIT = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?([0-9]{1,6})\"?\s*(?=$|[,;])", re.IGNORECASE)


def preferred_wait(header: str) -> int:
    """The seconds that a `Prefer` header asks to wait, at most `MAX_WAIT_S`; 0 if it does not ask."""
    found = _WAIT.search(header)
    return min(int(found[1]), MAX_WAIT_S) if found else 0


def applied(seconds: int) -> dict[str, str]:
    """The header that says that a wait was granted."""
    return {"Preference-Applied": f"wait={seconds}"}
