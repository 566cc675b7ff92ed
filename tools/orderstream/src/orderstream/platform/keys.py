"""The key that seals personal data, made at the first start."""

import base64
import os
import secrets
from pathlib import Path


def sealing_key(state_dir: Path) -> str:
    """The base64 of 32 random bytes, the same as long as the state folder exists."""
    file = state_dir / "sealing-key"
    if not file.exists():
        state_dir.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(f".{os.getpid()}")
        unfinished.touch(mode=0o600)
        unfinished.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
        unfinished.rename(file)
    return file.read_text()
