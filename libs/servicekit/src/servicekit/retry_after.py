"""`Retry-After`: how long a server asks to wait before the next request (RFC 9110, 10.2.3)."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

SECONDS = re.compile(r"[0-9]{1,12}")


def seconds_of(retry_after: str | None, longest_s: float) -> float | None:
    """Return the wait that a header asks for, in seconds or as a date; None where it asks for none.

    No more than `longest_s`: no other system decides that we never come back.
    """
    text = (retry_after or "").strip()
    if SECONDS.fullmatch(text):
        return min(float(text), longest_s)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if until.tzinfo is None:  # "-0000": a time of unknown zone
        until = until.replace(tzinfo=UTC)
    return max(0.0, min((until - datetime.now(UTC)).total_seconds(), longest_s))
