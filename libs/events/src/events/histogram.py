"""A histogram of durations that can be added to another one: how percentiles survive a sum.

A percentile of percentiles means nothing; counts in buckets add up. The buckets grow by a constant
factor, so that a percentile read from them is within 5 % of the true one, however long it is.
Source: Masson, Rim, Lee: DDSketch, PVLDB 12 (2019).
"""

import math
from collections.abc import Mapping

ACCURACY = 0.05
GROWTH = (1 + ACCURACY) / (1 - ACCURACY)
_LOG_GROWTH = math.log(GROWTH)


def bucket_of(milliseconds: float) -> int:
    """Return the bucket of a duration: bucket n holds what is above GROWTH**(n-1) and up to GROWTH**n.

    Anything up to a millisecond is in bucket 0.
    """
    return math.ceil(math.log(milliseconds) / _LOG_GROWTH) if milliseconds > 1 else 0


def percentile(buckets: Mapping[int, int], share: float) -> float | None:
    """Return the duration in milliseconds that `share` (0 to 1) of all lie at or below.

    By the nearest rank; None where nothing was counted.
    """
    rank = math.ceil(share * sum(buckets.values()))
    seen = 0
    for bucket in sorted(buckets):
        seen += buckets[bucket]
        if seen >= max(1, rank):
            # The one value that is nowhere in the bucket further off than the accuracy.
            return 2 * float(GROWTH**bucket) / (GROWTH + 1)
    return None
