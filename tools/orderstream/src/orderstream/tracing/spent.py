"""Where the time of a trace went: in the gateway, in each wait of the hops, outside, and in between."""

from collections.abc import Iterable, Sequence

from orderstream.tracing.spans import BEFORE_HANDLING, NS_PER_MS, WAITS, Kind, Span
from orderstream.tracing.tree import Node, Trace

PARTS = ("gateway", *WAITS, "outside", "between")
"""`outside` is calls to the outside world; `between` is what no span covers, such as a pause before a retry."""


def spent_on_slowest(trace: Trace) -> dict[str, float]:
    """Return the ms of each part along the slowest path; together they are its duration."""
    spans = [node.span for node in trace.slowest if node.span]
    spent = dict.fromkeys(PARTS, 0.0) | _sums(spans) | {"gateway": _until_accepted(spans)}
    duration = (spans[-1].end_ns - spans[0].start_ns) / NS_PER_MS
    return spent | {"between": max(0.0, duration - sum(spent.values()))}


def spent_in_all(trace: Trace) -> dict[str, float]:
    """Return the ms of each wait and of all calls, over every hop, also where several ran at once."""
    return _sums(trace.spans)


def longest_pause(trace: Trace) -> tuple[float, Span]:
    """Return the longest time on the slowest path that nothing covers, in ms, and the span after it."""
    path = [node.span for node in trace.slowest if node.span]
    pauses, until_ns = [(0.0, path[0])], path[0].end_ns
    for span in path[1:]:
        waited = sum(span.waits.get(name, 0.0) for name in BEFORE_HANDLING)
        pauses.append(((span.start_ns - until_ns) / NS_PER_MS - waited, span))
        until_ns = max(until_ns, span.end_ns)
    return max(pauses, key=lambda pause: pause[0])


def unknown_before(trace: Trace) -> float:
    """Return how many ms of the trace had passed when a gap hid what led to the slowest path."""
    first: Node = trace.slowest[0]
    return 0.0 if first.span else (first.start_ns - trace.start_ns) / NS_PER_MS


def _sums(spans: Iterable[Span]) -> dict[str, float]:
    spent = dict.fromkeys((*WAITS, "outside"), 0.0)
    for span in spans:
        for part, ms in _parts(span):
            spent[part] += ms
    return spent


def _parts(span: Span) -> Iterable[tuple[str, float]]:
    match span.kind:
        case Kind.CONSUMER:
            return span.waits.items()
        case Kind.CLIENT:
            return (("outside", span.duration_ms),)
        case Kind.INTERNAL:
            return (("handling", span.duration_ms),)
    return ()


def _until_accepted(path: Sequence[Span]) -> float:
    """Return the time from the request to the commit of what follows from it; nothing waits for the answer."""
    first, following = path[0], path[1:2]
    if first.kind is not Kind.SERVER:
        return 0.0
    created = [span for span in following if span.kind is Kind.PRODUCER]
    return max(0, (created or [first])[0].end_ns - first.start_ns) / NS_PER_MS
