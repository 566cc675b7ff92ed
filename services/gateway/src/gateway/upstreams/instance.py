"""One instance of an upstream, and what is known of it."""

from dataclasses import dataclass, field
from typing import Any

from gateway.upstreams.breaker import Breaker, BreakerState

OUT_AFTER = 2
"""Probes in a row that have to fail before no more requests are sent."""


@dataclass(slots=True, eq=False)
class Instance:
    """What is known of the instance at an address.

    `pending` requests are on their way there; `answered` and `failed` count those that ended.
    `complaint` is what the last probe found wrong.
    """

    address: str
    breaker: Breaker = field(default_factory=Breaker)
    pending: int = 0
    answered: int = 0
    failed: int = 0
    complaint: str | None = None
    probes_failed: int = 0

    @property
    def is_well(self) -> bool:
        """Whether its probes succeed."""
        return self.probes_failed < OUT_AFTER

    def begin(self) -> bool:
        """A request is sent to it; gives whether it is a trial of the breaker."""
        self.pending += 1
        return self.breaker.begin()

    def end(self, *, trial: bool, succeeded: bool | None) -> None:
        """The request has ended; None when it was given up by whoever wanted it."""
        self.pending -= 1
        self.answered += succeeded is True
        self.failed += succeeded is False
        self.breaker.end(trial=trial, succeeded=succeeded)

    def probed(self, complaint: str | None) -> None:
        """A probe has found this; None if all is well. Who was out and is back is tried at once."""
        was_away = self.complaint is not None
        self.complaint = complaint
        self.probes_failed = 0 if complaint is None else self.probes_failed + 1
        if was_away and complaint is None:
            self.breaker.try_again()

    @property
    def out(self) -> str | None:
        """Why no requests are sent to it; None if they are, be it as trials."""
        if not self.is_well:
            return self.complaint
        is_open = self.breaker.state is BreakerState.OPEN
        return "its circuit breaker is open" if is_open else None

    def snapshot(self) -> dict[str, Any]:
        """What is known of it, for readiness and metrics."""
        return {
            "address": self.address,
            "out": self.out,
            "breaker": str(self.breaker.state),
            "pending": self.pending,
            "answered": self.answered,
            "failed": self.failed,
        }
