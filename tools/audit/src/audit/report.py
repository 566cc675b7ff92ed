"""The verdict: every rule with what it was checked on and every breach."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from audit.books import Books, Rule, Violation
from audit.rules import RULES


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule on one set of books."""

    rule: Rule
    counts: Mapping[str, int]
    violations: Sequence[Violation]


@dataclass(frozen=True, slots=True)
class Report:
    """What an audit found. `in_flight` are the orders not judged yet, with what each waits for.

    `waited` is whether the audit was to wait until the system is quiet: then what is still in
    flight leaves the verdict open. So it does while somebody is `absent`: it may wait for them.
    """

    results: Sequence[RuleResult]
    in_flight: Mapping[str, str]
    waited: bool = False
    absent: Mapping[str, str] = field(default_factory=dict)

    @property
    def violations(self) -> list[Violation]:
        """Every breach of every rule."""
        return [violation for result in self.results for violation in result.violations]

    @property
    def is_quiet(self) -> bool:
        """Whether nothing was on its way, so that the verdict is about all orders."""
        return not self.in_flight

    @property
    def clean(self) -> bool:
        """Whether no rule is broken, and nothing is left that was waited for, or waits for the absent."""
        is_open = not self.is_quiet and (self.waited or bool(self.absent))
        return not self.violations and not is_open

    @property
    def summary(self) -> str:
        """The verdict in one line."""
        violations, rules = self.violations, len(self.results)
        broken = sum(1 for result in self.results if result.violations)
        flying = f"{len(self.in_flight)} in flight"
        if self.absent:
            flying += f"; does not run: {', '.join(self.absent)}"
        if violations:
            return f"{len(violations)} violations of {broken} of {rules} rules, {flying}"
        verdict = "clean" if self.clean else "no verdict"
        return f"{verdict}: {rules} rules hold, {flying}"

    def as_json(self) -> dict[str, Any]:
        """The whole report, for machines."""
        return {
            "clean": self.clean,
            "quiet": self.is_quiet,
            "summary": self.summary,
            "in_flight": dict(self.in_flight),
            "absent": dict(self.absent),
            "rules": [
                {
                    "name": result.rule.name,
                    "statement": result.rule.statement,
                    "checked": dict(result.counts),
                    "violations": [
                        {"subject": one.subject, "finding": one.finding}
                        for one in result.violations
                    ],
                }
                for result in self.results
            ],
        }


def judge(books: Books, *, waited: bool = False) -> Report:
    """Check every rule that applies to these books."""
    results = [
        RuleResult(rule, rule.counts(books), rule.check(books))
        for rule in RULES
        if rule.applies(books)
    ]
    return Report(results, books.in_flight, waited, books.absent)
