"""A process dies at a named point when it is told to, and nowhere else."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.process

REACH = """
import sys
from fault_injection.crash_points import reach
for number in range(int(sys.argv[2])):
    print(number, flush=True)
    reach(sys.argv[1])
try:
    print("alive", flush=True)
finally:
    print("cleaned up", flush=True)
"""


def reach(point: str, times: int, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", REACH, point, str(times)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("crash_at", "reached"), [("after-commit", 1), ("after-commit:1", 1), ("after-commit:3", 3)]
)
def test_an_armed_point_kills_without_any_clean_up_at_the_time_named(crash_at, reached):
    died = reach("after-commit", 5, CRASH_AT=crash_at)
    assert died.returncode == 137
    assert died.stdout.split() == [str(number) for number in range(reached)]


def test_a_point_that_is_not_armed_is_passed(monkeypatch):
    monkeypatch.delenv("CRASH_AT", raising=False)
    assert "alive" in reach("after-commit", 2).stdout
    assert "alive" in reach("after-publish", 2, CRASH_AT="after-commit").stdout


def test_a_file_arms_a_process_that_runs_and_is_taken_along(tmp_path):
    orders = tmp_path / "orders"
    assert "alive" in reach("after-commit", 3, CRASH_AT=f"@{orders}").stdout
    orders.write_text("after-commit:2\n")
    assert reach("after-commit", 5, CRASH_AT=f"@{orders}").returncode == 137
    assert not orders.exists()
    assert "alive" in reach("after-commit", 5, CRASH_AT=f"@{orders}").stdout
