"""Make takes no variable of somebody's shell for one of its own; what is named after `make` counts."""

import os
import shutil
import subprocess

import pytest
from launcher.environment import PROJECT_ROOT

NONSENSE = dict.fromkeys(
    ("PYTHON", "BIN", "VENV", "SOURCES", "JOBS", "SEED", "RATE", "MINUTES", "WRITE", "ORDERSTREAM"),
    "nonsense",
)
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")


@pytest.mark.parametrize("target", ["soak", "up", "test", "lint"])
def test_a_shells_own_variables_change_nothing(target: str) -> None:
    assert would_do(target, NONSENSE) == would_do(target, {})


def test_what_is_named_after_make_counts() -> None:
    assert "--seed 7 " in would_do("soak", {}, "SEED=7")


def would_do(target: str, variables: dict[str, str], *named: str) -> str:
    """What make would do, without doing it."""
    done = subprocess.run(
        ["make", "--dry-run", "--always-make", target, *named],
        cwd=PROJECT_ROOT,
        env=variables | {"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
