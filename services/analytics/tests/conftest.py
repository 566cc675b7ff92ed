"""Facts about orders that nobody else has, and the worker as a process of its own."""

import itertools
import os
import socket
import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from events import (
    CancellationReason,
    Envelope,
    Money,
    OrderLine,
    OrderStatus,
    OrderStatusChanged,
    SealedPersonalData,
)

CURRENCY = "XTS"  # reserved for tests, so that nobody else's revenue is counted with ours
COUNTRY = "ZZ"
NOON = datetime(2010, 12, 1, 12, tzinfo=UTC)


def new_order() -> str:
    return f"ord_{uuid.uuid4().hex}"


def change(order_id, status=OrderStatus.ACCEPTED, *, at=NOON, took_ms=0, reason=None, units=1):
    """An order's new status, reached so long after it was placed."""
    first = status is OrderStatus.ACCEPTED
    return OrderStatusChanged(
        order_id=order_id,
        customer_id="ada",
        status=status,
        previous=None if first else OrderStatus.ACCEPTED,
        reason=reason and CancellationReason(reason),
        country=COUNTRY,
        total=Money(amount=250, currency=CURRENCY),
        recipient=SealedPersonalData(key_id="k", sealed="c2VhbGVk"),
        placed_at=at - timedelta(milliseconds=took_ms),
        changed_at=at,
        lines=(OrderLine(sku="MUG", name="Mug", quantity=units, unit_price=250),) if first else (),
    )


def said(event, sequence=1) -> Envelope:
    return Envelope(
        event=event,
        id=uuid.uuid4(),
        source="order",
        time=NOON,
        correlation_id="request",
        sequence=sequence,
    )


class WorkerProcess:
    """`python -m analytics worker`."""

    numbers = itertools.count(1)

    def __init__(self, bootstrap, folder):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        told = {
            "KAFKA_BOOTSTRAP": bootstrap,
            "HTTP_PORT": str(self.port),
            "CURRENCY": CURRENCY,
            "INSTANCE": str(next(self.numbers)),
        }
        self.log = folder / f"worker-{told['INSTANCE']}.log"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "analytics", "worker"],
                env={**os.environ, **told},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def end(self, how):
        """End it by its `kill` or its `terminate`, and wait."""
        how()
        return self.process.wait(20)


@pytest.fixture
def start(kafka, tmp_path):
    """Starts workers; whoever still runs at the end is killed."""
    workers = []

    def start_one():
        workers.append(WorkerProcess(kafka, tmp_path))
        return workers[-1]

    yield start_one
    for worker in workers:
        if worker.process.poll() is None:
            worker.end(worker.process.kill)
        print(worker.log.read_text()[-3000:])  # noqa: T201  # pytest shows it when the test fails


@pytest.fixture(scope="session")
def shop():
    """The builders of this file."""
    return sys.modules[__name__]
