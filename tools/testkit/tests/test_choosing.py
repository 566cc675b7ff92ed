"""Which Kafka and PostgreSQL the tests run against is one choice, and a wrong one is reported."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[3]
ASKS = "libs/servicekit/tests/test_broker.py::test_a_broker_that_is_there_is_not_waited_for"


def run(**environment: str) -> subprocess.CompletedProcess[str]:
    """A test run of its own, of one test that needs Kafka."""
    variables = {
        name: value for name, value in os.environ.items() if not name.startswith("ORDERSTREAM")
    }
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", ASKS],
        cwd=ROOT,
        env=variables | environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_a_wrong_choice_is_answered_with_the_right_ones() -> None:
    done = run(ORDERSTREAM_TEST_STORES="docker")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: ORDERSTREAM_TEST_STORES='docker': expected embedded or containers" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_docker_engine_the_tests_are_skipped_and_one_line_says_why() -> None:
    nowhere = "unix:///nowhere/docker.sock"
    done = run(ORDERSTREAM_TEST_STORES="containers", DOCKER_HOST=nowhere)
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("SKIPPED")]
    assert "no Docker engine answers: " in line
