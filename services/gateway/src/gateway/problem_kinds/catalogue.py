"""Every kind of problem under its stable code, in the order of their statuses."""

from collections.abc import Mapping

from gateway.problem_kinds.kind import Kind
from gateway.problem_kinds.orders import ORDERS
from gateway.problem_kinds.outages import OUTAGES
from gateway.problem_kinds.requests import REQUESTS
from gateway.problem_kinds.streams import STREAMS

KINDS: Mapping[str, Kind] = dict(
    sorted({**REQUESTS, **ORDERS, **OUTAGES, **STREAMS}.items(), key=lambda item: item[1].status)
)
