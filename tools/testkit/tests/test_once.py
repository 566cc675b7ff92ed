"""A shared fixture that fails is one failure with its cause; no other test fails with it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

TESTS = """
import pytest

@pytest.fixture(scope="{scope}")
def stage():
    raise RuntimeError("the stage is on fire")

@pytest.fixture(scope="{scope}")
def play(stage):
    return stage

@pytest.mark.parametrize("number", range(4))
def test_plays(play, number): ...

def test_looks(stage): ...

async def test_waits(late): ...

async def test_waits_too(late): ...

def test_something_else(): ...
"""
CONFTEST = """
import asyncio
import pytest
import pytest_asyncio

@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def late():
    await asyncio.sleep(60)
"""


def run(folder: Path, scope: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A test run of its own."""
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_stage.py").write_text(TESTS.replace("{scope}", scope))
    settings = ("asyncio_mode=auto", "asyncio_default_test_loop_scope=session", "timeout=8")
    options_ = [word for setting in settings for word in ("-o", setting)]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "testkit.once", "-rs", *options_, *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def ended(output: str) -> dict[str, int]:
    """How many tests ended how, by the last line."""
    return {how: int(count) for count, how in re.findall(r"(\d+) (\w+)", output.splitlines()[-1])}


@pytest.mark.parametrize("scope", ["session", "module"])
def test_the_first_test_tells_the_cause_and_the_others_are_skipped_with_a_word_on_where(
    tmp_path, scope
):
    done = run(tmp_path, scope)
    stdout = ended(done.stdout)
    assert (stdout["errors"], stdout["skipped"], stdout["passed"]) == (2, 5, 1), done.stdout
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert done.stdout.count("E       RuntimeError: the stage is on fire") == 1
    words = "the fixture stage failed: its cause is shown at test_stage.py::test_plays[0]"
    (line,) = [line for line in done.stdout.splitlines() if words in line]
    assert "SKIPPED [4]" in line
    assert (
        "the fixture late failed: its cause is shown at test_stage.py::test_waits\n" in done.stdout
    )


def test_a_fixture_that_is_made_anew_for_each_test_may_fail_at_each(tmp_path):
    stdout = ended(run(tmp_path, "function", "-k", "looks or plays").stdout)
    assert (stdout["errors"], stdout.get("skipped")) == (5, None)


def test_what_is_skipped_stays_skipped_for_its_own_reason(tmp_path):
    (tmp_path / "test_away.py").write_text(
        'import pytest\n@pytest.fixture(scope="session")\ndef absent():\n    pytest.skip("no Docker")\n'
        "def test_one(absent): ...\ndef test_two(absent): ...\n"
    )
    done = run(tmp_path, "session", "test_away.py")
    assert (ended(done.stdout)["skipped"], done.returncode) == (2, 0)
    assert (done.stdout.count("no Docker"), "failed" in done.stdout) == (2, False)
