"""How an order's traces look: a tree for people, the same as plain data for programs."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.text import Text

from orderstream.following.showing import SOURCE_COLOURS
from orderstream.formatting import count
from orderstream.tracing.spans import NS_PER_MS, WAITS, Kind, Span
from orderstream.tracing.spent import (
    PARTS,
    longest_pause,
    spent_in_all,
    spent_on_slowest,
    unknown_before,
)
from orderstream.tracing.tree import Node, Trace

WIDTH_IN_A_PIPE = 80
NARROWEST = 60
MARK = ">"
LEGEND = f"{MARK} the slowest path   waits, ms: {' + '.join(WAITS)}"
WAITS_WIDTH = 15
PAUSE_MS = 1_000
"""A shorter pause is not worth a line of its own."""
NUMBERS_WIDTH = 16


def lines_of(order_id: str, traces: Sequence[Trace], width: int) -> Iterator[Text]:
    """Yield the lines for people, none of them wider than `width`."""
    width = max(width, NARROWEST)
    shown = [trace for trace in traces if not trace.is_a_read]
    spans = sum(len(trace.spans) for trace in shown)
    yield Text(f"{order_id}: {count(spans, 'span')}", "bold")
    for trace in shown:
        yield Text()
        yield from _trace_lines(trace, width)
    if looked := len(traces) - len(shown):
        yield Text()
        yield Text(f"It was looked at as well: {count(looked, 'read')}, not shown.", "dim")


def as_json(order_id: str, traces: Sequence[Trace]) -> dict[str, Any]:
    """Return the same as plain data; times in ms, `offset_ms` since the trace began, a gap without a name."""
    return {"order_id": order_id, "traces": [_trace_as_json(trace) for trace in traces]}


def _trace_lines(trace: Trace, width: int) -> Iterator[Text]:
    began = datetime.fromtimestamp(trace.start_ns / 1e9, UTC).astimezone()
    duration = f"{trace.duration_ms:,.0f} ms"
    yield Text(f"trace {trace.trace_id}  {began:%H:%M:%S}  {duration}", "bold")
    yield Text(_cut(LEGEND, width), "dim")
    tree_width = width - NUMBERS_WIDTH - WAITS_WIDTH
    yield Text(
        f"  {'+ms':>6} {'ms':>6} {'service, span':<{tree_width}}{'waits':>{WAITS_WIDTH}}", "dim"
    )
    for node in trace.nodes:
        yield _line(node, trace.start_ns, tree_width)
    if any(span.waits for span in trace.spans):
        yield Text()
        yield from _spent_lines(trace, width)


def _line(node: Node, began_ns: int, tree_width: int) -> Text:
    mark = MARK if node.is_slowest else " "
    since = f"{(node.start_ns - began_ns) / NS_PER_MS:,.0f}"
    lasted = f"{node.span.duration_ms:,.0f}" if node.span else "?"
    line = Text(f"{mark} {since:>6} {lasted:>6} ", "bold" if node.is_slowest else "")
    what = _what(node)
    what.truncate(tree_width, overflow="ellipsis", pad=True)
    line.append_text(what).append(f"{_waits(node.span):>{WAITS_WIDTH}}", "dim")
    line.rstrip()
    return line


def _what(node: Node) -> Text:
    text = Text(_branches(node), "dim")
    if node.span is None:
        return text.append(_gap(node), "yellow")
    text.append(f"{node.span.service} ", SOURCE_COLOURS.get(node.span.service, ""))
    text.append(node.span.name)
    return text.append(f" ! {node.span.error}", "red") if node.span.error else text


def _gap(node: Node) -> str:
    """Name what is missing, as far as what followed from it shows."""
    effect = node.effects[0].span
    if effect is None or effect.kind in (Kind.CONSUMER, Kind.SERVER):
        return "? a span of another service is missing"
    return f"? a span of {effect.service} is missing"


def _waits(span: Span | None) -> str:
    told = span.waits if span else {}
    return "+".join(f"{told.get(name, 0):.0f}" for name in WAITS) if told else ""


def _branches(node: Node) -> str:
    *above, more = node.guides or (False,)
    lines = "".join("│ " if one else "  " for one in above)
    if not node.guides:
        return ""
    if node.begins_branch:
        return lines + ("├ " if more else "└ ")
    return lines + ("│ " if more else "  ")


def _spent_lines(trace: Trace, width: int) -> Iterator[Text]:
    if unknown := unknown_before(trace):
        yield Text(
            f"The slowest path begins at a gap: the {unknown:,.0f} ms before are unknown.", "yellow"
        )
    slowest, everywhere = spent_on_slowest(trace), spent_in_all(trace)
    total = sum(slowest.values()) or 1
    yield Text(f"{'where the time went':<21}{'slowest path':>15}{'':>8}{'all hops':>14}", "dim")
    for part in PARTS:
        share = f"{100 * slowest[part] / total:.0f} %"
        other = f"{everywhere[part]:,.0f} ms" if part in everywhere else ""
        line = f"{part:<21}{f'{slowest[part]:,.0f} ms':>15}{share:>8}{other:>14}"
        yield Text(line.rstrip())
    pause_ms, span = longest_pause(trace)
    if pause_ms >= PAUSE_MS:
        words = f"The longest pause: {pause_ms:,.0f} ms before {span.service} {span.name}"
        yield Text(_cut(words, width))


def _trace_as_json(trace: Trace) -> dict[str, Any]:
    return {
        "trace_id": trace.trace_id,
        "duration_ms": trace.duration_ms,
        "spans": [_node_as_json(node, trace.start_ns) for node in trace.nodes],
        "spent_on_slowest_path_ms": spent_on_slowest(trace),
        "spent_in_all_hops_ms": spent_in_all(trace),
    }


def _node_as_json(node: Node, began_ns: int) -> dict[str, Any]:
    span = node.span
    return {
        "offset_ms": (node.start_ns - began_ns) / NS_PER_MS,
        "depth": node.depth,
        "on_slowest_path": node.is_slowest,
        "span_id": span and span.span_id,
        "parent_span_id": span and span.parent_id,
        "service": span and span.service,
        "name": span and span.name,
        "kind": span and span.kind.name.lower(),
        "duration_ms": span and span.duration_ms,
        "waits_ms": span and span.waits,
        "error": span and span.error,
        "attributes": span and dict(span.attributes),
    }


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
