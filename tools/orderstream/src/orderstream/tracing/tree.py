"""An order's spans as trees, one a trace, with what is missing in them and the slowest path through each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from orderstream.tracing.spans import NS_PER_MS, Kind, Span


@dataclass(slots=True)
class Node:
    """A span and what followed from it; without a span it is a gap: others name it as their parent.

    `guides` says for each branch above, and its own at last, whether more follows there. Where one
    thing alone follows from another, both stand on one level.
    """

    span: Span | None
    depth: int = 0
    guides: tuple[bool, ...] = ()
    begins_branch: bool = False
    is_slowest: bool = False
    effects: list["Node"] = field(default_factory=list)

    @property
    def start_ns(self) -> int:
        """When it began; of a gap, when what followed from it began."""
        return self.span.start_ns if self.span else min(one.start_ns for one in self.effects)


@dataclass(frozen=True, slots=True)
class Trace:
    """One trace: its nodes from cause to effect, and the chain of those that ends last."""

    trace_id: str
    nodes: list[Node]
    slowest: list[Node]

    @property
    def spans(self) -> list[Span]:
        """The spans that are there."""
        return [node.span for node in self.nodes if node.span]

    @property
    def start_ns(self) -> int:
        """When the first span began."""
        return min(span.start_ns for span in self.spans)

    @property
    def duration_ms(self) -> float:
        """From the beginning of the first span to the end of the last."""
        return (max(span.end_ns for span in self.spans) - self.start_ns) / NS_PER_MS

    @property
    def is_a_read(self) -> bool:
        """Whether the order was only looked at."""
        roots = [node.span for node in self.nodes if node.depth == 0]
        return all(span is not None and span.name.startswith("GET ") for span in roots)


def grow(spans: Iterable[Span]) -> list[Trace]:
    """Return a trace for each trace id among the spans, the earliest first."""
    by_trace: dict[str, dict[str, Span]] = {}
    for span in spans:
        by_trace.setdefault(span.trace_id, {})[span.span_id] = span
    traces = [_trace(trace_id, found) for trace_id, found in by_trace.items()]
    return sorted(traces, key=lambda trace: trace.start_ns)


def _trace(trace_id: str, spans: dict[str, Span]) -> Trace:
    parents: dict[int, Node] = {}
    roots = _linked(spans, parents)
    nodes = [node for root in sorted(roots, key=_start) for node in _walk(root)]
    slowest = _slowest(nodes, parents)
    for node in slowest:
        node.is_slowest = True
    return Trace(trace_id, nodes, slowest)


def _linked(spans: dict[str, Span], parents: dict[int, Node]) -> list[Node]:
    """Put each node below its parent; return those that have none, among them the gaps."""
    nodes = {span_id: Node(span) for span_id, span in spans.items()}
    roots = []
    for span in sorted(spans.values(), key=lambda one: one.start_ns):
        node, above = nodes[span.span_id], span.parent_id
        if above is None or _is_entry(span, spans) or _is_circular(span, spans):
            roots.append(node)
            continue
        if above not in nodes:
            nodes[above] = Node(None)
            roots.append(nodes[above])
        nodes[above].effects.append(node)
        parents[id(node)] = nodes[above]
    return roots


def _is_entry(span: Span, spans: dict[str, Span]) -> bool:
    """Return whether its parent is the client's own span, which is not sent to us."""
    return span.kind is Kind.SERVER and span.parent_id not in spans


def _is_circular(span: Span, spans: dict[str, Span]) -> bool:
    passed: set[str] = set()
    above: Span | None = span
    while above is not None:
        if above.span_id in passed:
            return True
        passed.add(above.span_id)
        above = spans.get(above.parent_id or "")
    return False


def _walk(node: Node) -> Iterator[Node]:
    """Yield a node and what followed from it; a trace may be deeper than Python's stack."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        effects = sorted(one.effects, key=_start)
        for place, effect in enumerate(effects, start=1):
            effect.depth = one.depth + 1
            effect.begins_branch = len(effects) > 1
            more = (place < len(effects),) if effect.begins_branch else ()
            effect.guides = (*one.guides, *more)
        waiting.extend(reversed(effects))


def _slowest(nodes: Iterable[Node], parents: dict[int, Node]) -> list[Node]:
    """Return the span that ends last with all that led to it, from cause to effect."""
    there = [node for node in nodes if node.span]
    last: Node | None = max(there, key=lambda node: node.span.end_ns if node.span else 0)
    path = []
    while last is not None:
        above = parents.get(id(last))
        path += [last, *(_earlier_tries(last, above) if above else ())]
        last = above
    return path[::-1]


def _earlier_tries(node: Node, above: Node) -> list[Node]:
    """Return the calls that this one repeats: it would have come sooner without them; the last one first."""
    span = node.span
    if span is None or span.kind is not Kind.CLIENT:
        return []
    found = [one for one in above.effects if one.span and one.span.kind is Kind.CLIENT]
    before = [one for one in found if one.span and one.span.end_ns <= span.start_ns]
    return sorted(before, key=_start, reverse=True)


def _start(node: Node) -> int:
    return node.start_ns
