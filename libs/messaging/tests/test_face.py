"""The public face: every name is there, and what only lists names loads nothing heavy."""

import subprocess
import sys

import messaging
import pytest


@pytest.mark.parametrize("name", messaging.__all__)
def test_every_public_name_is_there(name):
    assert getattr(messaging, name).__module__.startswith("messaging.") or name in {
        "CODE",  # a pattern, and two aliases of types
        "BackgroundTask",
        "Fact",
        "Running",
        "Table",
    }


@pytest.mark.process
def test_what_a_migration_imports_loads_no_kafka_client():
    program = (
        "import sys; from messaging import create_tables, outbox_table;"
        "print(sorted({'faust', 'aiokafka', 'httpx'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
