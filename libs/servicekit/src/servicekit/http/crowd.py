"""All connections of a server: how many there may be, and who makes room for others.

A connection that waits for its client holds a place for nothing. So a newcomer is never rejected while one does that: the one that has waited longest has to go. Where everybody is
being answered, a newcomer is a guest, who is answered nothing but how the process is.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from servicekit.http.networks import network_of

GUESTS = 64
LOOK_EVERY_S = 1.0
MAX_HELD_BYTES = 16 * 1024 * 1024
"""What all requests together may have in memory that are not complete yet."""
MAX_UNREAD_BYTES = 32 * 1024 * 1024
"""What all clients together may have left unread, beside what the kernel keeps for them."""


class Line(Protocol):
    """A connection with a client."""

    def give_way(self) -> None:
        """End at once, for somebody else."""

    def unread_bytes(self) -> int:
        """Return how much of what the client was answered is still here."""

    def check(self, now: float) -> None:
        """End if the client has taken too long (`now` in seconds of the loop's clock)."""


@dataclass(slots=True)
class Company:
    """Lines that share a bound; `idle` are those that wait for their clients, the longest first."""

    most: int
    network: str = ""
    lines: set[Line] = field(default_factory=set)
    idle: dict[Line, None] = field(default_factory=dict)

    def has_place(self) -> bool:
        """Return whether there is a place, perhaps since somebody has given way."""
        if len(self.lines) < self.most:
            return True
        longest = next(iter(self.idle), None)
        if longest is None:
            return False
        longest.give_way()
        return True


class Crowd:
    """The lines of one server: `most` of them, and `most_of_one` of any one address.

    A client that `speaks_for_many`, as a proxy does, shares only the first bound.
    """

    def __init__(
        self,
        most: int,
        most_of_one: int | None = None,
        speaks_for_many: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._everybody = Company(most)
        self._most_of_one = most_of_one
        self._speaks_for_many = speaks_for_many
        self._networks: dict[str, Company] = {}
        self._companies: dict[Line, tuple[Company, ...]] = {}
        self._guests: dict[Line, None] = {}
        self._held: dict[Line, int] = {}
        self._held_bytes = 0
        self._is_watched = False

    def enter(self, line: Line, host: str) -> bool:
        """Take in a line, which is idle at first: whether there is a place, or it is a guest only."""
        self._watch()
        companies = self._companies_at(host)
        if not all(one.has_place() for one in companies):
            self._forget_empty(companies)
            self._receive(line)
            return False
        self._companies[line] = companies
        for one in companies:
            one.lines.add(line)
            one.idle[line] = None
            if one.network:  # the line that gave way may have been its last
                self._networks[one.network] = one
        return True

    def leave(self, line: Line) -> None:
        """Forget a line that has ended."""
        self._guests.pop(line, None)
        self._let_go(line)
        companies = self._companies.pop(line, ())
        for one in companies:
            one.lines.discard(line)
            one.idle.pop(line, None)
        self._forget_empty(companies)

    def busy(self, line: Line) -> None:
        """Record that a line's request is complete: from here on its client waits for us."""
        self._let_go(line)
        for one in self._companies.get(line, ()):
            one.idle.pop(line, None)

    def idle(self, line: Line) -> None:
        """Record that a line waits for its client."""
        self._let_go(line)
        for one in self._companies.get(line, ()):
            one.idle.setdefault(line)

    def hold(self, line: Line, count: int) -> None:
        """Count so many bytes more of an incomplete request; who has most goes if it is too much."""
        self._held[line] = self._held.get(line, 0) + count
        self._held_bytes += count
        if self._held_bytes > MAX_HELD_BYTES:
            _greatest(self._held).give_way()

    def _let_go(self, line: Line) -> None:
        if line in self._held:
            self._held_bytes -= self._held.pop(line)

    def _companies_at(self, host: str) -> tuple[Company, ...]:
        """Return what a line from a host would share: the lines of its network, if that counts, and all."""
        if self._most_of_one is None or self._speaks_for_many(host):
            return (self._everybody,)
        network = network_of(host)
        own = self._networks.setdefault(network, Company(self._most_of_one, network))
        return own, self._everybody

    def _forget_empty(self, companies: tuple[Company, ...]) -> None:
        for one in companies:
            if not one.lines:
                self._networks.pop(one.network, None)

    def _receive(self, guest: Line) -> None:
        self._guests[guest] = None
        if len(self._guests) > GUESTS:
            next(iter(self._guests)).give_way()

    def _watch(self) -> None:
        if not self._is_watched:
            self._is_watched = True
            asyncio.get_running_loop().call_later(LOOK_EVERY_S, self._look)

    def _look(self) -> None:
        self._is_watched = False
        now = asyncio.get_running_loop().time()
        for line in (*self._everybody.lines, *self._guests):
            line.check(now)
        unread = {line: line.unread_bytes() for line in self._everybody.lines}
        while sum(unread.values()) > MAX_UNREAD_BYTES:
            greatest = _greatest(unread)
            del unread[greatest]
            greatest.give_way()
        if self._everybody.lines or self._guests:
            self._watch()


def _greatest(sizes: dict[Line, int]) -> Line:
    return max(sizes, key=sizes.__getitem__)
