"""Times in words, as one would say them."""

from datetime import datetime, timedelta

MINUTE, HOUR, DAY = 60, 3600, 86_400


def clock(moment: datetime) -> str:
    """The local time of day."""
    return f"{moment.astimezone():%H:%M:%S}"


def span(time: timedelta) -> str:
    """How long: in seconds, or in the two largest units."""
    seconds = max(0, round(time.total_seconds()))
    for size, large, smaller, small in (
        (DAY, "d", HOUR, "h"),
        (HOUR, "h", MINUTE, "min"),
        (MINUTE, "min", 1, "s"),
    ):
        if seconds >= size:
            rest = seconds % size // smaller
            return f"{seconds // size} {large}" + (f" {rest} {small}" if rest else "")
    return f"{seconds} s"
