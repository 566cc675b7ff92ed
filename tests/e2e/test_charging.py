"""What the audit finds after all tests fails the test whose order it is about, and the run."""

import subprocess
import sys
from pathlib import Path

import pytest
from audit import Violation
from client import LedgerEntry
from e2e.charges import NOBODY, forget_charges, read_charges, write_down
from e2e.judging import reports
from e2e.verdict import Verdict

pytestmark = pytest.mark.process

TESTS = Path(__file__).parents[1]
TWICE = Violation("money", "ord_1", "was charged twice")
OPTIONS = ("-p", "no:cacheprovider", "-p", "no:schemathesis", "-o", f"pythonpath={TESTS}")
CONFTEST = """
from e2e import hooks
from e2e.charges import Charges
from e2e.verdict import Verdict
from audit import Violation
from types import SimpleNamespace
from pathlib import Path

SYSTEM = SimpleNamespace(settings=SimpleNamespace(state_dir=Path("/somewhere")))

async def judge(system):
    found = [Violation("money", "ord_1", "was charged twice")]
    return Verdict("1 violation", found, {}), Charges({"ord_1": "test_shop.py::test_one"})

async def end(system, *, keep):
    assert keep, "what a failed run leaves is kept"

hooks.shared_systems, hooks.judge, hooks.end = lambda: [SYSTEM], judge, end

def pytest_configure(config):
    hooks.plug_in(config)
"""


def test_orders_products_and_ledgers_are_found_with_their_tests(tmp_path: Path) -> None:
    entry = LedgerEntry("key", "ok", "ord_1")
    write_down(tmp_path, "test_one", ["ord_1", "OWN-1"], [entry])
    write_down(tmp_path, "test_two", ["ord_2"], [])
    charges = read_charges(tmp_path)
    subjects = ("ord_1", "OWN-1", "ord_2", "SHARED-1")
    assert [charges.test_of(one) for one in subjects] == [
        "test_one",
        "test_one",
        "test_two",
        NOBODY,
    ]
    assert charges.ledger == [entry]
    forget_charges(tmp_path)
    assert read_charges(tmp_path).ledger == []


def test_each_test_has_to_answer_for_its_own_and_nobody_for_the_rest(tmp_path: Path) -> None:
    write_down(tmp_path, "a.py::test_one", ["ord_1"], [])
    write_down(tmp_path, "a.py::test_two", ["ord_2", "ord_3"], [])
    rest = Violation("stock", "SHARED-1", "is short")
    verdict = Verdict("2 violations", [TWICE, rest], {"ord_2": "waits for shipping"})
    found = {one.nodeid: one for one in reports(verdict, read_charges(tmp_path))}
    assert found.keys() == {"a.py::test_one", "a.py::test_two", "the audit"}
    assert "money: ord_1: was charged twice" in str(found["a.py::test_one"].longrepr)
    assert "ord_2: waits for shipping" in str(found["a.py::test_two"].longrepr)
    assert "stock: SHARED-1: is short" in str(found["the audit"].longrepr)
    assert all(one.failed for one in found.values())


def test_a_run_in_which_all_passed_is_red_if_the_audit_finds_something(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_shop.py").write_text("def test_one(): pass\ndef test_two(): pass\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *OPTIONS, "--rootdir", str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "FAILED test_shop.py::test_one" in done.stdout
    assert "money: ord_1: was charged twice" in done.stdout
    assert "1 failed, 2 passed" in done.stdout
    assert "data and logs stay in /somewhere" in done.stdout
