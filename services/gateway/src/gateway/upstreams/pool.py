"""The instances of one upstream: what is known of each, and which gets the next request."""

import random
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from gateway.upstreams.addresses import Addresses
from gateway.upstreams.breaker import Breaker, BreakerState

OUT_AFTER = 2
"""Probes in a row that have to fail before no more requests are sent."""


@dataclass(slots=True, eq=False)
class Instance:
    """Knowledge about the instance at an address.

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
        """Count a request that is sent; returns whether it is a trial of the breaker."""
        self.pending += 1
        return self.breaker.begin()

    def end(self, *, trial: bool, succeeded: bool | None) -> None:
        """Count the end of a request; `succeeded` is None when its sender gave it up."""
        self.pending -= 1
        self.answered += succeeded is True
        self.failed += succeeded is False
        self.breaker.end(trial=trial, succeeded=succeeded)

    def blame(self) -> None:
        """Count a failure: another instance has answered what this one could not."""
        self.failed += 1
        self.breaker.end(trial=False, succeeded=False)

    def probed(self, complaint: str | None) -> None:
        """Note a probe's finding, None if all is well; an instance that is back is tried at once."""
        was_out = self.complaint is not None
        self.complaint = complaint
        self.probes_failed = 0 if complaint is None else self.probes_failed + 1
        if was_out and complaint is None:
            self.breaker.try_again()

    @property
    def out(self) -> str | None:
        """Why no requests are sent to it; None if they are, even if only as trials."""
        if not self.is_well:
            return self.complaint
        is_open = self.breaker.state is BreakerState.OPEN
        return "its circuit breaker is open" if is_open else None

    def snapshot(self) -> dict[str, Any]:
        """Return what is known of it, for readiness and metrics."""
        return {
            "address": self.address,
            "out": self.out,
            "breaker": str(self.breaker.state),
            "pending": self.pending,
            "answered": self.answered,
            "failed": self.failed,
        }


class Pool:
    """Instances by address. One that stays listed keeps what is known of it."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._instances: dict[str, Instance] = {}
        self.refresh()

    @property
    def instances(self) -> Collection[Instance]:
        """All of them, in and out."""
        return self._instances.values()

    def refresh(self) -> None:
        """Read which are listed now. Requests on their way to one that left end undisturbed."""
        listed = self._addresses.look()
        if listed != tuple(self._instances):
            self._instances = {
                address: self._instances.get(address) or Instance(address) for address in listed
            }

    def choose(self, tried: Collection[Instance] = ()) -> Instance | None:
        """Choose the instance with the fewest requests pending; among equals, at random.

        None that was `tried`, and none whose breaker is open. If the probes of all others fail
        they are sent requests all the same: that all are gone is less likely than that probing fails.
        """
        admitted = self._untried(tried)
        well = [one for one in admitted if one.is_well]
        candidates = well or admitted
        if not candidates:
            return None
        fewest = min(one.pending for one in candidates)
        return random.choice([one for one in candidates if one.pending == fewest])  # noqa: S311  # no secret

    def others(self, tried: Collection[Instance]) -> int:
        """Return how many instances that were not tried may get a request."""
        return len(self._untried(tried))

    def _untried(self, tried: Collection[Instance]) -> list[Instance]:
        return [one for one in self.instances if one not in tried and one.breaker.admits()]
