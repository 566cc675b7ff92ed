"""The auditor: reads every book in the system and beyond, and says whether they agree."""

from audit.auditing import audit, read_and_judge, wait_until_quiet
from audit.books import Books, Rule, Violation
from audit.report import Report, RuleResult, judge
from audit.rules import RULES
from audit.target import CannotAuditError, Target

__all__ = [
    "RULES",
    "Books",
    "CannotAuditError",
    "Report",
    "Rule",
    "RuleResult",
    "Target",
    "Violation",
    "audit",
    "judge",
    "read_and_judge",
    "wait_until_quiet",
]
