"""The verdict: every rule with what it was checked on and every breach."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from audit.books import Books, Rule, Violation
from audit.rules import RULES, acceptance


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
    `statuses` counts the orders by where they stand, `open_dead_letters` by service what waits for
    an operator.
    """

    results: Sequence[RuleResult]
    in_flight: Mapping[str, str]
    waited: bool = False
    absent: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, int] = field(default_factory=dict)
    open_dead_letters: Mapping[str, int] = field(default_factory=dict)

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
        """Return the whole report, for machines."""
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
    return judge_volumes([books], waited=waited)


def judge_volumes(
    volumes: Iterable[Books], told: Books | None = None, *, waited: bool = False
) -> Report:
    """Check every rule on one volume of the books after the other, each with other orders.

    `told` are the books of what clients were told, which is looked up beyond the volumes.
    """
    verdict = _Verdict()
    for books in volumes:
        verdict.add(books, RULES)
    if told is not None:
        verdict.add(told, [acceptance.CLIENTS])
    return verdict.report(waited=waited)


class _Verdict:
    """Sums up what was found on each volume."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {}
        self._violations: defaultdict[str, list[Violation]] = defaultdict(list)
        self._sums: defaultdict[str, defaultdict[str, Counter[str]]] = defaultdict(_counters)
        self._in_flight: dict[str, str] = {}
        self._absent: Mapping[str, str] = {}
        self._statuses = Counter[str]()
        self._dead_letters = Counter[str]()

    def add(self, books: Books, rules: Iterable[Rule]) -> None:
        """Check these rules on a volume, as far as they apply to it."""
        for rule in rules:
            if rule.applies(books):
                self._counts.setdefault(rule.name, Counter()).update(rule.counts(books))
                self._violations[rule.name] += rule.check(books)
                for what, counted in rule.sums(books).items():
                    self._sums[rule.name][what].update(counted)
        self._in_flight |= books.in_flight
        self._absent = books.absent or self._absent
        self._statuses.update(books.statuses)
        self._dead_letters.update(dict.fromkeys(books.inboxes, 0))
        self._dead_letters.update(one.service for one in books.dead_letters if one.is_open)

    def _of(self, rule: Rule) -> list[Violation]:
        in_sums = rule.check_sums(self._sums[rule.name])
        return sorted([*self._violations[rule.name], *in_sums], key=_by_subject)

    def report(self, *, waited: bool) -> Report:
        """Give the verdict; the rules in their order, the breaches by subject."""
        results = [
            RuleResult(rule, self._counts[rule.name], self._of(rule))
            for rule in RULES
            if rule.name in self._counts
        ]
        return Report(
            results,
            self._in_flight,
            waited,
            self._absent,
            statuses=self._statuses,
            open_dead_letters=self._dead_letters,
        )


def _counters() -> defaultdict[str, Counter[str]]:
    return defaultdict(Counter)


def _by_subject(one: Violation) -> tuple[str, str]:
    return one.subject, one.finding
