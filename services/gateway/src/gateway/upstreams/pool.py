"""The instances of one upstream: who is there, and who gets the next request."""

import random
from collections.abc import Collection

from gateway.upstreams.addresses import Addresses
from gateway.upstreams.instance import Instance


class Pool:
    """Instances by address. Who stays listed keeps what is known of it."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._instances: dict[str, Instance] = {}
        self.refresh()

    @property
    def instances(self) -> Collection[Instance]:
        """All of them, in and out."""
        return self._instances.values()

    def refresh(self) -> None:
        """Look who is listed now. Requests on their way to somebody who left end undisturbed."""
        listed = self._addresses.look()
        if listed != tuple(self._instances):
            self._instances = {
                address: self._instances.get(address) or Instance(address) for address in listed
            }

    def choose(self, tried: Collection[Instance] = ()) -> Instance | None:
        """The instance with the fewest requests pending, of those with as few any.

        Nobody who was `tried`, and nobody whose breaker is open. If the probes of all others fail
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
        """How many there are to send a request to who were not tried."""
        return len(self._untried(tried))

    def _untried(self, tried: Collection[Instance]) -> list[Instance]:
        return [one for one in self.instances if one not in tried and one.breaker.admits()]
