"""PostgreSQL refuses to run as root: whom it runs as, and where that user can reach its files."""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import TypedDict

NAME = "nobody"  # every Unix has it
# Only root writes here, and everybody may pass through.
REACHABLE = Path("/var/lib/orderstream")


def unprivileged() -> pwd.struct_passwd | None:
    """The user that stands in for root, or None when we are not root."""
    return pwd.getpwnam(NAME) if os.geteuid() == 0 else None


class RunAs(TypedDict, total=False):
    """Arguments for `subprocess` that start a program as another user."""

    user: int
    group: int
    extra_groups: list[int]


def run_as() -> RunAs:
    """What starts a program as the user that stands in for root; nothing when we are not root."""
    user = unprivileged()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def can_reach(path: Path) -> bool:
    """Whether a user without rights can pass through every folder down to `path`."""
    folders = [folder for folder in (path, *path.parents) if folder.exists()]
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders)


def reachable_home(wanted: Path, fingerprint: str) -> Path:
    """Where the server's data goes: `wanted`, unless its user could not get there.

    A clone in root's own home is out of reach of everybody else.
    """
    if not unprivileged() or can_reach(wanted.parent):
        return wanted
    return REACHABLE / fingerprint


def create_open(folder: Path) -> None:
    """Make a folder that everybody can pass through, whatever the umask is."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)


def create_owned(folder: Path) -> None:
    """Make a folder that belongs to the server's user."""
    create_open(folder.parent)
    create_open(folder)
    if user := unprivileged():
        os.chown(folder, user.pw_uid, user.pw_gid)


def reachable_copy(package: Path) -> Path:
    """The folder of an installed package, copied where the server's user can reach it if needed.

    The libraries that its programs load lie beside it and are found by their place, so they go
    along.
    """
    if not unprivileged() or can_reach(package):
        return package
    copy = REACHABLE / hashlib.sha256(os.fsencode(package)).hexdigest()[:10]
    if not copy.exists():
        create_open(copy.parent)
        with tempfile.TemporaryDirectory(dir=copy.parent) as unfinished:
            for folder in package.parent.glob(f"{package.name}*"):
                shutil.copytree(folder, Path(unfinished) / "copy" / folder.name, symlinks=True)
            # Whatever root's umask is, its stand-in must be able to read all of it.
            subprocess.run(["chmod", "-R", "a+rX", Path(unfinished) / "copy"], check=True)
            (Path(unfinished) / "copy").rename(copy)
    return copy / package.name
