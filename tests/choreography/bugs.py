"""Handlers that cannot handle some facts until somebody repairs them."""

from dataclasses import dataclass
from typing import Any

from messaging import Fact, Handlers, UnitOfWork


@dataclass(frozen=True, slots=True)
class Bug:
    """A service cannot handle this kind of fact about this order, until it is repaired."""

    fact: str
    order_id: str


class Buggy(Handlers[Any]):
    """The real handlers, of which some raise for a while."""

    def __init__(self, real: Handlers[Any]) -> None:
        vars(self).update(vars(real))
        self.bugs: set[Bug] = set()

    def handle(self, fact: Fact, work: UnitOfWork[Any]) -> None:
        """As the real ones, unless there is a bug."""
        if Bug(type(fact).__name__, getattr(fact, "order_id", "")) in self.bugs:
            raise RuntimeError("a bug")
        super().handle(fact, work)
