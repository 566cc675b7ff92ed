"""What an audit has to know of the system that it audits, and why there may be no verdict."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID


class CannotAuditError(RuntimeError):
    """The books could not be read, or not at rest; the message says which and what to do."""


DEADLINE = timedelta(seconds=300)
"""How long an order may take, unless the order service was given another `DEADLINE_S`."""


async def _all_are_well() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A running system by its addresses, wherever its processes run.

    `kafka` is `host:port[,host:port...]`, `databases` has the URL of each service's database, by the
    name of the service, with a role that may read everything. `psp`, `carrier` and `mail_server` are
    the HTTP addresses of the outside world. Every group of `groups` must have a member. `find_unwell`
    tells which processes cannot do their work, each with why: without them orders may never end.
    Orders placed before `since` are left out; what the shop has sold to them still counts as stock.
    """

    kafka: str
    databases: Mapping[str, str]
    psp: str
    carrier: str
    mail_server: str
    groups: Collection[str] = ()
    deadline: timedelta = DEADLINE
    since: datetime | None = None
    find_unwell: Callable[[], Awaitable[Mapping[str, str]]] = _all_are_well

    @property
    def first_order_id(self) -> str:
        """The id before which no order's sorts that is to be audited: they sort by time."""
        return "" if self.since is None else f"ord_{_milliseconds(self.since):012x}"

    @property
    def first_event_id(self) -> UUID:
        """The same for events."""
        return UUID(int=0 if self.since is None else _milliseconds(self.since) << 80)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
