"""Secrets of subscriptions: made here, shown once, kept sealed."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime

from standardwebhooks.webhooks import Webhook

SECRET_BYTES = 32
"""The specification wants 24 to 64."""
PREFIX = "whsec_"
ROTATION_HOURS = 24
"""For so long the previous secret signs as well, so that receivers can change without a gap."""


def new_secret() -> str:
    """Return a secret as receivers want it: `whsec_` and base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signatures(keys: Sequence[str], webhook_id: str, at: datetime, body: str) -> dict[str, str]:
    """Return headers that let a receiver with any of these secrets know the sender; `at` is in UTC."""
    signed = [Webhook(key).sign(webhook_id, at, body) for key in keys]
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signed),
    }
