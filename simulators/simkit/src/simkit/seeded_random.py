"""Chance that repeats: the same seed and subject always fall the same way."""

import hashlib


def fraction(seed: int, subject: str, purpose: str) -> float:
    """Give a number in [0, 1), uniform over subjects and fixed for each."""
    digest = hashlib.blake2b(f"{seed}:{purpose}:{subject}".encode(), digest_size=7).digest()
    # 56 bits would round up to 1.0 now and then; a float holds 53.
    return (int.from_bytes(digest) >> 3) / 2**53


def pause_seconds(seed: int, subject: str, min_ms: int, max_ms: int) -> float:
    """Give how long the subject is kept waiting: uniform between the bounds, in seconds."""
    return (min_ms + (max_ms - min_ms) * fraction(seed, subject, "latency")) / 1000
