"""Which test an order, a product or a client's request is of: what the audit finds is charged to it."""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from client import LedgerEntry

NOBODY = "no test"
"""Whom a finding is charged to that is about no test's order or product."""


def write_down(
    folder: Path, test: str, about: Sequence[str], ledger: Sequence[LedgerEntry]
) -> None:
    """Add what a test has ordered to the books of its process, in the system's folder.

    `about` are the ids of its orders and the products that only it orders; `ledger` is what its
    clients were told.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    line = json.dumps({"test": test, "about": list(about), "ledger": list(ledger)})
    with (folder / f"charges-{worker}.jsonl").open("a") as file:
        file.write(f"{line}\n")


@dataclass(slots=True)
class Charges:
    """All that the tests of a run have ordered of one system."""

    tests: dict[str, str] = field(default_factory=dict)
    ledger: list[LedgerEntry] = field(default_factory=list)

    def test_of(self, subject: str) -> str:
        """The test to which a finding about an order or a product is charged."""
        return self.tests.get(subject, NOBODY)


def read_charges(folder: Path) -> Charges:
    """What all processes of the run have written down."""
    charges = Charges()
    for line in _lines(folder):
        document = json.loads(line)
        charges.tests |= dict.fromkeys(document["about"], document["test"])
        charges.ledger += [LedgerEntry(*entry) for entry in document["ledger"]]
    return charges


def forget_charges(folder: Path) -> None:
    """Begin again, as a system does that has forgotten every order."""
    for file in folder.glob("charges-*.jsonl"):
        file.unlink()


def _lines(folder: Path) -> Iterable[str]:
    for file in sorted(folder.glob("charges-*.jsonl")):
        yield from file.read_text().splitlines()
