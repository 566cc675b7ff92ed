"""What the audit says in the end, and of which tests."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audit import Report, Violation
from e2e.charges import Charges

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """Every breach of a rule, and the orders that have not ended although they were waited for."""

    summary: str
    violations: Sequence[Violation]
    in_flight: Mapping[str, str]

    def assert_clean(self) -> None:
        """Fail the test that this is about, with the first of what was found."""
        found = [str(one) for one in self.violations]
        found += [f"{order}: {what}" for order, what in self.in_flight.items()]
        assert not found, "\n".join([self.summary, *found[:SHOWN]])

    def by_test(self, charges: Charges) -> dict[str, "Verdict"]:
        """The part of it that each test has to answer for; of all others there is nothing to say."""
        violations: defaultdict[str, list[Violation]] = defaultdict(list)
        in_flight: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for one in self.violations:
            violations[charges.test_of(one.subject)].append(one)
        for order_id, what in self.in_flight.items():
            in_flight[charges.test_of(order_id)][order_id] = what
        return {
            test: Verdict(self.summary, violations[test], in_flight[test])
            for test in {**violations, **in_flight}
        }


def verdict_of(report: Report) -> Verdict:
    """What a report says, without what it was checked on."""
    return Verdict(report.summary, report.violations, report.in_flight)
