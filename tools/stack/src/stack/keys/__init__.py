"""The secrets of one system, made at its first start and kept as long as its state folder exists."""

import base64
import secrets
from pathlib import Path

from stack.folders import write_whole


def sealing_key(state_dir: Path) -> str:
    """Return the base64 of the 32 random bytes that seal personal data."""
    return _made_once(state_dir / "sealing-key")


def webhook_secret(state_dir: Path) -> str:
    """Return what the payment provider and the payment service share: the one signs, the other verifies."""
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
            write_whole(file, secret(folder), mode=0o444)
    return made


def handed_over(folder: Path, **secrets_told: str) -> dict[str, str]:
    """Write secret settings into files, and give the setting that says where they are.

    Neither its environment nor its command line holds them then, nor any record of those.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.name not in secrets_told:
            old.unlink()
    for name, secret in secrets_told.items():
        if not (folder / name).exists() or (folder / name).read_text() != secret:
            write_whole(folder / name, secret, mode=0o600)
    return {"SECRETS_DIR": str(folder)}


def _made_once(file: Path) -> str:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, base64.b64encode(secrets.token_bytes(32)).decode(), mode=0o600)
    return file.read_text()
