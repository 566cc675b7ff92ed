"""How a webhook is signed: Standard Webhooks, version 1 (https://www.standardwebhooks.com)."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

SECRET_PREFIX = "whsec_"  # noqa: S105 - what a secret begins with


@dataclass(frozen=True)
class Receiver:
    """Address of webhooks, and the secret shared with it: `whsec_` and base64."""

    url: str
    secret: str

    def signature(self, webhook_id: str, timestamp: int, body: str) -> str:
        """Sign one try."""
        signed = f"{webhook_id}.{timestamp}.{body}".encode()
        digest = hmac.digest(key_of(self.secret), signed, hashlib.sha256)
        return f"v1,{base64.b64encode(digest).decode()}"


def key_of(secret: str) -> bytes:
    """Give the bytes behind a secret.

    Raises:
        ValueError: it is none.
    """
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not (secret.startswith(SECRET_PREFIX) and key):
        raise ValueError(f"must be {SECRET_PREFIX} and base64")
    return key
