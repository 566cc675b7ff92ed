"""The secrets of one system, made at its first start and kept as long as its state folder exists."""

import base64
import os
import secrets
from pathlib import Path


def sealing_key(state_dir: Path) -> str:
    """The base64 of the 32 random bytes that seal personal data."""
    return _made_once(state_dir / "sealing-key")


def webhook_secret(state_dir: Path) -> str:
    """What the payment provider and the payment service share: the one signs, the other verifies."""
    return f"whsec_{_made_once(state_dir / 'webhook-secret')}"


def _made_once(file: Path) -> str:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(f".{os.getpid()}")
        unfinished.touch(mode=0o600)
        unfinished.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
        unfinished.rename(file)
    return file.read_text()
