"""What a rule is, and what it says of books that break it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from orderstream.audit.books import Books


@dataclass(frozen=True, slots=True)
class Violation:
    """One breach of a rule. `subject` is an order's id, or a SKU, a currency or a place on a topic."""

    rule: str
    subject: str
    finding: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.subject}: {self.finding}"


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that must always hold.

    `counts` says how much it was checked on, `applies` whether these books can tell.
    """

    name: str
    statement: str
    counts: Callable[[Books], Mapping[str, int]]
    find: Callable[[Books], Iterable[tuple[str, str]]]
    applies: Callable[[Books], bool] = lambda _: True

    def check(self, books: Books) -> list[Violation]:
        """Every breach of the rule in these books, by subject."""
        found = sorted(self.find(books))
        return [Violation(self.name, subject, finding) for subject, finding in found]
