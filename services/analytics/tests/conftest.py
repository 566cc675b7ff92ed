"""The worker as a process of its own, and facts about orders that no other test has."""

import itertools

import pytest
from countable import CURRENCY
from testkit.ports import free_port
from testkit.processes import Process


@pytest.fixture
def start(kafka, tmp_path):
    """Starts workers; whoever still runs at the end is killed."""
    workers = []
    numbers = itertools.count(1)

    def start_one():
        number = str(next(numbers))
        environment = {
            "KAFKA_BOOTSTRAP": kafka,
            "HTTP_PORT": str(free_port()),
            "CURRENCY": CURRENCY,
            "INSTANCE": number,
        }
        workers.append(Process("analytics", "worker", log=tmp_path / number, **environment))
        return workers[-1]

    yield start_one
    for worker in workers:
        worker.close()
        print(worker.log[-3000:])  # noqa: T201  # pytest shows it when the test fails
