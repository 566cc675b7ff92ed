"""The auditor: reads every book in the system and beyond, and says whether they agree."""

from orderstream.audit.auditing import audit
from orderstream.audit.books import Books
from orderstream.audit.failure import CannotAuditError
from orderstream.audit.loading import load_books
from orderstream.audit.quiet import wait_until_quiet
from orderstream.audit.records import LedgerEntry
from orderstream.audit.report import Report, RuleResult, judge
from orderstream.audit.rules import RULES
from orderstream.audit.showing import show_report
from orderstream.audit.violation import Rule, Violation
from orderstream.audit.watching import keep_auditing

__all__ = [
    "RULES",
    "Books",
    "CannotAuditError",
    "LedgerEntry",
    "Report",
    "Rule",
    "RuleResult",
    "Violation",
    "audit",
    "judge",
    "keep_auditing",
    "load_books",
    "show_report",
    "wait_until_quiet",
]
