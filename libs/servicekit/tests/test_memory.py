"""Workers are many, so what they load counts."""

import subprocess
import sys

HEAVY = ("sqlalchemy", "alembic", "cryptography", "fastapi", "aiokafka")


def test_a_worker_loads_nothing_that_only_others_need():
    loaded = subprocess.run(
        [sys.executable, "-c", "import servicekit, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not set(HEAVY) & set(loaded)
