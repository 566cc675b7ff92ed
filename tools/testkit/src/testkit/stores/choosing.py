"""Which stores a test run has, and the folder where they are; what needs them imports the rest."""

import os
import shutil
import tempfile
from importlib import import_module
from pathlib import Path
from types import ModuleType

import psutil
import pytest

FOLDER = "ORDERSTREAM_TEST_FOLDER"
STORES = "ORDERSTREAM_TEST_STORES"
EMBEDDED, CONTAINERS = "embedded", "containers"
SPARE = "spare"
PREFIX = "orderstream-tests-"


def kind() -> str:
    """Tell where the stores come from.

    Raises:
        pytest.UsageError: the environment says something else.
    """
    chosen = os.environ.get(STORES) or EMBEDDED
    if chosen not in (EMBEDDED, CONTAINERS):
        raise pytest.UsageError(f"{STORES}={chosen!r}: expected {EMBEDDED} or {CONTAINERS}")
    return chosen


def stores() -> ModuleType:
    """Import the stores of that kind: a run without servers pays for none, and needs no Docker."""
    return _module(kind())


def folder() -> Path:
    """Return where everything lies that the test run starts."""
    return Path(os.environ[FOLDER])


def begin() -> None:
    """Make the folder of a test run; containers are started now, see there."""
    _wipe_abandoned()
    made = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{kind()}-{os.getpid()}-"))
    made.chmod(0o755)  # PostgreSQL's own user must get in
    os.environ[FOLDER] = str(made)  # the workers of pytest-xdist inherit it
    if kind() == CONTAINERS:
        try:
            stores().begin(made)
        except BaseException:
            end()
            raise


def end() -> None:
    """Stop what was started and remove the folder."""
    if FOLDER in os.environ:
        _wipe(Path(os.environ.pop(FOLDER)))


def _module(name: str) -> ModuleType:
    return import_module(f"testkit.stores.{name}")


def _wipe(one: Path) -> None:
    if any(one.iterdir()):  # else no test asked for a store, and the platform need not be imported
        for name in (one.name.removeprefix(PREFIX).partition("-")[0], SPARE):
            _module(name).end(one)
    shutil.rmtree(one, ignore_errors=True)


def _wipe_abandoned() -> None:
    """Stop what a test run that was killed has left running."""
    for one in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*-*"):
        pid = one.name.removeprefix(PREFIX).split("-")[1]
        mine = one.stat().st_uid == os.getuid()
        if pid.isdecimal() and mine and not psutil.pid_exists(int(pid)):
            _wipe(one)
