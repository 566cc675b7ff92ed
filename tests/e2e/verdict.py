"""What the audit says of one test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orderstream.audit import Violation

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """The breaches that were not there before, and the orders that have not ended."""

    summary: str
    violations: Sequence[Violation]
    in_flight: Mapping[str, str]

    def assert_clean(self) -> None:
        """Fail the test that this is about, with the first of what was found."""
        found = [str(one) for one in self.violations]
        found += [f"{order}: {what}" for order, what in self.in_flight.items()]
        assert not found, "\n".join([self.summary, *found[:SHOWN]])
