"""Tests that share a system take turns: who wants to be alone is alone, and is not overtaken."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from testkit.waiting import blocking_until

pytestmark = pytest.mark.process

TESTS = Path(__file__).parents[1]
HOLD = """
import sys
from pathlib import Path
from e2e.turns import turn
folder, name, how = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
(folder / f"{name}.waits").touch()
with turn(folder, alone=how == "alone"):
    (folder / f"{name}.runs").touch()
    sys.stdin.read()
"""


class Workers:
    """Processes that each wait for a turn and keep it until they are told to go."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def come(self, name: str, how: str) -> None:
        argv = [sys.executable, "-c", HOLD, str(self._folder), name, how]
        self._started[name] = subprocess.Popen(argv, cwd=TESTS, stdin=subprocess.PIPE)
        blocking_until(f"{name} waits", (self._folder / f"{name}.waits").exists)

    def runs(self, name: str) -> bool:
        return (self._folder / f"{name}.runs").exists()

    def go(self, name: str) -> None:
        self._started.pop(name).communicate()

    def end(self) -> None:
        for process in self._started.values():
            process.kill()
            process.communicate()


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    at_work = Workers(tmp_path)
    yield at_work
    at_work.end()


def until_it_runs(workers: Workers, name: str) -> None:
    runs: Callable[[], bool] = lambda: workers.runs(name)  # noqa: E731
    blocking_until(f"{name} runs", runs)


def test_who_may_share_runs_beside_others(workers: Workers) -> None:
    for name in ("one", "another"):
        workers.come(name, "shared")
        until_it_runs(workers, name)


def test_who_wants_to_be_alone_waits_for_the_others_and_is_not_overtaken(workers: Workers) -> None:
    workers.come("first", "shared")
    until_it_runs(workers, "first")
    workers.come("hermit", "alone")
    workers.come("late", "shared")
    assert not workers.runs("hermit")
    assert not workers.runs("late")
    workers.go("first")
    until_it_runs(workers, "hermit")
    assert not workers.runs("late")
    workers.go("hermit")
    until_it_runs(workers, "late")
