"""A plugin: with `--give-way`, tests take less of the machine than the system that they test.

Linux gives each session an equal part of the processors (sched(7), "The autogroup feature"). A whole
system is one session, and four test processes with all they fork are another: with equal parts, a
request waits for seconds behind tests that compute for themselves. The part is restored in the end.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

SHARE = Path("/proc/self/autogroup")
"""Says and sets the part of this session; not there on other kernels, or in most containers."""
NICE = 5
"""A third of the part that a session has otherwise."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Leave the choice to who starts the run: a trial that makes load of its own needs its part."""
    parser.addoption(
        "--give-way", action="store_true", help="take less of the machine's processors"
    )


@pytest.hookimpl(wrapper=True)
def pytest_sessionstart(session: pytest.Session) -> Iterator[None]:
    """Give way; processes of a parallel run belong to the session of the one that starts them."""
    if session.config.getoption("give_way") and not hasattr(session.config, "workerinput"):
        before = _nice()
        _set(NICE)
        session.config.add_cleanup(lambda: _set(before))
    yield


def _nice() -> int:
    try:
        return int(SHARE.read_text().split()[-1])
    except (OSError, ValueError, IndexError):
        return 0


def _set(nice: int) -> None:
    with contextlib.suppress(OSError):
        SHARE.write_text(str(nice))
