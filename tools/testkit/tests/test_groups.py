"""Tests of one group run in one process, whatever versions of pytest and pytest-xdist there are."""

import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

TESTS = """
import os
import pytest

def note(group, n):
    with open(os.environ["NOTES"], "a") as notes:
        notes.write(f"{group} {n} {os.environ['PYTEST_XDIST_WORKER']}\\n")

@pytest.mark.parametrize("n", range(8))
@pytest.mark.xdist_group("together")
def test_together(n):
    note("together", n)

@pytest.mark.parametrize("n", range(8))
@pytest.mark.xdist_group("together too")
def test_together_too(n):
    note("too", n)

@pytest.mark.parametrize("n", range(8))
def test_in_its_file(n):
    note("file", n)

@pytest.mark.parametrize("n", range(8))
@pytest.mark.xdist_group("elsewhere")
def test_elsewhere(n):
    note("elsewhere", n)
"""


def test_a_group_stays_together_and_in_its_order(tmp_path: Path) -> None:
    (tmp_path / "test_groups.py").write_text(TESTS)
    notes = tmp_path / "notes"
    options = ("-p", "testkit.groups", "-p", "no:cacheprovider", "-n", "3", "--dist", "loadgroup")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--rootdir", str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "NOTES": str(notes), "ORDERSTREAM_TEST_FOLDER": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "32 passed" in done.stdout, done.stdout + done.stderr
    workers, order = defaultdict(set), defaultdict(list)
    for line in notes.read_text().splitlines():
        group, number, worker = line.split()
        workers[group].add(worker)
        order[group].append(int(number))
    for group in ("together", "too", "file", "elsewhere"):
        assert len(workers[group]) == 1, group
        assert order[group] == list(range(8)), group
    assert len(set.union(*workers.values())) > 1
