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


def make_secrets(folder: Path) -> dict[Path, bool]:
    """Write each secret that is not there yet into a file named as the setting that reads it.

    In containers the services share the folder, read only, under users of their own. Says of each
    file whether it was made now; one that is there is kept.
    """
    made = {}
    for name, secret in (("sealing_key", sealing_key), ("webhook_secret", webhook_secret)):
        file = folder / name
        made[file] = not file.exists()
        if made[file]:
            _write(file, secret(folder), mode=0o444)
    return made


def _made_once(file: Path) -> str:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        _write(file, base64.b64encode(secrets.token_bytes(32)).decode(), mode=0o600)
    return file.read_text()


def _write(file: Path, secret: str, mode: int) -> None:
    """Write a file that nobody ever sees half of."""
    unfinished = file.with_suffix(f".{os.getpid()}")
    unfinished.touch(mode=0o600)
    unfinished.write_text(secret)
    unfinished.chmod(mode)
    unfinished.rename(file)
