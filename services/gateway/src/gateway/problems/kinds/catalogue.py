"""Every kind of problem under its stable code, in the order of their statuses."""

from collections.abc import Mapping

from gateway.problems.kinds.kind import Kind
from gateway.problems.kinds.orders import ORDERS
from gateway.problems.kinds.outages import OUTAGES
from gateway.problems.kinds.requests import REQUESTS
from gateway.problems.kinds.streams import STREAMS
from gateway.problems.kinds.webhooks import WEBHOOKS

KINDS: Mapping[str, Kind] = dict(
    sorted(
        {**REQUESTS, **ORDERS, **OUTAGES, **STREAMS, **WEBHOOKS}.items(),
        key=lambda item: item[1].status,
    )
)
