"""The verdict on a test run: one audit of each system, each finding charged to the test of its order."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from audit import CannotAuditError, Violation, audit
from e2e.charges import NOBODY, Charges, read_charges
from e2e.composing import Project
from e2e.planted import found_in_logs
from e2e.systems import folder_of
from e2e.verdict import Verdict, verdict_of
from orderstream.auditing import target_of
from stack import System
from testkit.waiting import TIMEOUT_S


async def judge(system: System) -> tuple[Verdict, Charges]:
    """Wait until nothing moves in a system, then compare all books, those of the clients too."""
    charges = read_charges(folder_of(system))
    try:
        report = await audit(target_of(system), ledger=charges.ledger, wait_s=TIMEOUT_S)
    except CannotAuditError as error:
        return _no_verdict(str(error)), charges
    verdict = verdict_of(report)
    violations = [*verdict.violations, *found_in_logs(system)]
    return replace(verdict, violations=violations), charges


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
    document = json.loads(done.stdout)
    violations = [
        Violation(rule["name"], one["subject"], one["finding"])
        for rule in document["rules"]
        for one in rule["violations"]
    ]
    return Verdict(document["summary"], violations, document["in_flight"]), charges


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
