"""The last word of a test run: one audit of each system, charged to the tests whose orders it is about."""

import json
from collections.abc import Iterator

import pytest
from e2e.charges import NOBODY, Charges, read_charges
from e2e.composing import Project
from e2e.systems import folder_of
from e2e.verdict import Verdict, verdict_of
from orderstream.audit import CannotAuditError, Violation, audit
from orderstream.platform import System

QUIET_S = 120


async def judge(system: System) -> tuple[Verdict, Charges]:
    """Wait until nothing moves in a system, then compare all books, those of the clients too."""
    charges = read_charges(folder_of(system))
    try:
        report = await audit(system, ledger=charges.ledger, wait_s=QUIET_S)
    except CannotAuditError as error:
        return _no_verdict(str(error)), charges
    return verdict_of(report), charges


async def assert_clean_so_far(system: System) -> None:
    """Fail the test that asks if any test before it has to answer for something."""
    verdict, charges = await judge(system)
    found = [report.longrepr for report in reports(verdict, charges)]
    assert not found, "\n".join(map(str, found))


def judge_containers(project: Project) -> tuple[Verdict, Charges]:
    """The same for containers, by the audit that runs beside them."""
    charges = read_charges(project.folder)
    done = project.audit()
    if not done.stdout.startswith("{"):
        return _no_verdict(done.stderr), charges
    told = json.loads(done.stdout)
    violations = [
        Violation(rule["name"], one["subject"], one["finding"])
        for rule in told["rules"]
        for one in rule["violations"]
    ]
    return Verdict(told["summary"], violations, told["in_flight"]), charges


def reports(verdict: Verdict, charges: Charges) -> Iterator[pytest.TestReport]:
    """A failure for each test that has to answer for something."""
    for test, part in verdict.by_test(charges).items():
        try:
            part.assert_clean()
        except AssertionError as error:
            yield failure(test, f"The audit, after all tests: {error}")


def failure(test: str, words: str) -> pytest.TestReport:
    """The report of a test that has failed after its end; of none in particular, of the audit."""
    name = "the audit" if test == NOBODY else test
    path, _, short = name.partition("::")
    return pytest.TestReport(
        nodeid=name,
        location=(path, None, short or name),
        keywords={},
        outcome="failed",
        longrepr=words,
        when="call",
    )


def _no_verdict(why: str) -> Verdict:
    return Verdict(f"no verdict: {why}", [Violation("audit", "all books", why)], {})
