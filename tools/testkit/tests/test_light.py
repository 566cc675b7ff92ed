"""What needs no servers pays for none: neither do their tests."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from testkit.stores import choosing

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[3]
HEAVY = ("orderstream", "aiokafka", "asyncpg", "docker", "uvicorn", "faust")
WITHOUT = f"import sys; sys.modules.update(dict.fromkeys({HEAVY}));"
TEST = "libs/events/tests/test_wire.py"


def python(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WITHOUT + program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("module", ["waiting", "ports", "samples", "processes", "stores.choosing"])
def test_a_module_imports_only_what_it_is_about(module):
    done = python(f"import testkit.{module}")
    assert done.returncode == 0, done.stderr


def test_events_are_tested_without_the_command_line_and_any_store():
    done = python(f"import pytest; sys.exit(pytest.main(['-p', 'no:cacheprovider', {TEST!r}]))")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout


def test_a_module_that_is_heavy_would_be_seen():
    assert "ModuleNotFoundError" in python("import testkit.listening").stderr


def test_what_a_killed_test_run_has_left_is_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left = tmp_path / f"{choosing.PREFIX}embedded-{dead.pid}-left"
    (left / "kafka").mkdir(parents=True)
    monkeypatch.setenv(choosing.FOLDER, "")
    choosing.begin()
    mine = choosing.folder()
    assert (left.exists(), mine.exists()) == (False, True)
    choosing.end()
    assert not mine.exists()
