"""A copy of the source that tests run against; the working tree is never touched."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from mutants.mutant import Mutant
from testkit.waiting import TIMEOUT_VARIABLE

ROOT = Path(__file__).parents[2]
COPIED = (
    "libs",
    "services",
    "simulators",
    "tools",
    "tests",
    "data",
    "conftest.py",
    "pyproject.toml",
)
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".*")
NO_TEST_FAILED = 0
HASTY = {"PYTHONDONTWRITEBYTECODE": "1", TIMEOUT_VARIABLE: "30"}
"""A mutant is often seen by a wait that times out."""


class NoVerdictError(Exception):
    """The tests could not be run; the message is what pytest said."""


class Copy:
    """A copy of the repository's sources and tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def holding(self, mutant: Mutant) -> Iterator[None]:
        """Break the guarantee for as long as the block lasts."""
        path = self.folder / mutant.file
        sound = path.read_text()
        path.write_text(mutant.mutated(self.folder))
        try:
            yield
        finally:
            path.write_text(sound)

    def passes(self, tests: Sequence[str]) -> bool:
        """Whether these tests pass against the copy.

        Raises:
            NoVerdictError: they could not be run.
        """
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": self._sources(), **HASTY},
            capture_output=True,
            text=True,
            check=False,
        )
        summary = (done.stdout.splitlines() or [""])[-1]
        judged = done.returncode == NO_TEST_FAILED or " failed" in summary
        if not judged:  # an error around a test is no verdict of it
            raise NoVerdictError(done.stdout + done.stderr)
        return done.returncode == NO_TEST_FAILED

    def _sources(self) -> str:
        """The copy's packages, which Python finds before those that are installed."""
        return os.pathsep.join(map(str, sorted(self.folder.glob("*/*/src"))))


@contextmanager
def copied() -> Iterator[Copy]:
    """Copy the sources and tests as they are on disk; the copy is gone after the block."""
    with TemporaryDirectory(prefix="orderstream-mutants-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL's own user must get in
        for entry in COPIED:
            source = ROOT / entry
            if source.is_dir():
                shutil.copytree(source, folder / entry, ignore=LEFT_OUT)
            else:
                shutil.copy(source, folder / entry)
        yield Copy(folder)
