"""Signatures of webhooks: Standard Webhooks, version 1 (https://www.standardwebhooks.com)."""

import base64
import hashlib
import hmac
from collections.abc import Mapping

TOLERANCE_S = 300
"""A webhook that was signed longer ago may be one that somebody recorded."""


class NotVerifiedError(ValueError):
    """The webhook is not known to be the provider's; the message says why."""


def verify(headers: Mapping[str, str], body: bytes, key: bytes, now: float) -> str:
    """Return the id of a webhook signed by a holder of the key within five minutes of `now` (Unix time).

    Raises:
        NotVerifiedError: it is not signed so.
    """
    webhook_id, timestamp, signatures = (
        headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")
    )
    if not (webhook_id and timestamp.isascii() and timestamp.isdecimal()):
        raise NotVerifiedError("webhook-id, or webhook-timestamp in Unix seconds, is missing")
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    digest = base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
    # Several, separated by spaces, while the provider changes its key.
    if not any(hmac.compare_digest(b"v1," + digest, one.encode()) for one in signatures.split()):
        raise NotVerifiedError("no signature is right")
    if abs(now - int(timestamp)) > TOLERANCE_S:
        raise NotVerifiedError(f"it was not signed within {TOLERANCE_S} s of now")
    return webhook_id
