"""Shares of the places for webhooks in flight: no customer can take them all.

What is shared is given by dynamic thresholds (Choudhury and Hahne, 1998): a customer with fewer places than are free may take another one. One customer alone gets to half of them, two to a third each, nine to
five each, and as many stay free for who has none yet. A customer who had taken more before others
came keeps it for as long as a try may take.
"""

from collections import Counter
from typing import Protocol

PLACES = 50
MAX_OF_ONE = 5
"""Once so many are on their way to one receiver, the others go first: it may be a slow one."""
Holder = tuple[str, str]


class Wanting(Protocol):
    """A webhook that wants a place: to whom it goes, whose it is, and at which host."""

    @property
    def subscription_id(self) -> str:
        """Which subscription it is for."""

    @property
    def customer_id(self) -> str:
        """The subscriber."""

    @property
    def host(self) -> str:
        """Where it goes."""


class Shares:
    """The places, and who has how many: subscriptions, customers, hosts."""

    def __init__(self, places: int = PLACES) -> None:
        self._free = places
        self._held: Counter[Holder] = Counter()

    def take(self, wanting: Wanting) -> bool:
        """Give a webhook a place, unless one of its owners has too many; returns whether it got one."""
        holders = _holders(wanting)
        if self._free == 0 or any(self._is_full(one) for one in holders):
            return False
        self._free -= 1
        self._held.update(holders)
        return True

    def give_back(self, wanting: Wanting) -> None:
        """Give back the place of a webhook that was sent, or was not."""
        self._free += 1
        self._held -= Counter(_holders(wanting))

    @property
    def free(self) -> int:
        """How many places are free."""
        return self._free

    def full(self, kind: str) -> list[str]:
        """Return which `subscription`, `customer` or `host` may take none now."""
        return [who for what, who in self._held if what == kind and self._is_full((what, who))]

    def _is_full(self, holder: Holder) -> bool:
        held = self._held[holder]
        return held >= (MAX_OF_ONE if holder[0] == "subscription" else self._free)


def _holders(wanting: Wanting) -> tuple[Holder, ...]:
    return (
        ("subscription", wanting.subscription_id),
        ("customer", wanting.customer_id),
        ("host", wanting.host),
    )
