"""When a webhook that was not accepted is sent again: for a day, with growing delay."""

import random

MINUTE, HOUR = 60, 3600
DELAYS_S = (5, 30, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 4 * HOUR, 7 * HOUR, 10 * HOUR)
"""Between one try and the next, in seconds: 23.6 hours together."""
TRIES = len(DELAYS_S) + 1


def delay_s(tries: int) -> float | None:
    """Return how long to wait after so many vain tries, give or take a tenth; None: give up."""
    if tries > len(DELAYS_S):
        return None
    return DELAYS_S[tries - 1] * random.uniform(0.9, 1.1)  # noqa: S311  # jitter
