"""One order as a trace, from OTLP's JSON to the lines that are printed; the spans are made up."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from launcher.environment import PROJECT_ROOT
from orderstream.tracing.showing import as_json, lines_of
from orderstream.tracing.spans import Kind, Span
from orderstream.tracing.spent import spent_in_all, spent_on_slowest
from orderstream.tracing.tree import Trace, grow

PAGE = PROJECT_ROOT / "docs" / "how-to" / "see-an-order-as-a-trace.md"
ORDER = "ord_0199c0ffee007000800000000000cafe"
THE_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
BEGAN_NS = 1_764_500_000_000_000_000
MS = 1_000_000
# id, parent, service, kind, start and end in ms, name, waits: an order that goes well.
TABLE = """
 1  -  gateway   server     0   20  POST /v1/orders
 2  1  gateway   producer   4   15  create order-placed
 3  2  payment   consumer  31   40  process order-placed                    6+3+2+9
 4  3  payment   client    42  442  POST /v1/payment_intents
 5  4  payment   internal 444  450  handle Approved
 6  5  payment   producer 446  450  create payment-processed
 7  6  inventory consumer 460  475  process payment-processed               4+3+1+15
 8  7  inventory producer 462  475  create inventory-updated
 9  8  shipping  consumer 483  490  process inventory-updated               3+3+1+7
10  9  shipping  client   492  592  POST /parcels
11 10  shipping  internal 593  599  handle Booked
12 11  shipping  producer 595  599  create shipping-initiated
13 12  payment   consumer 609  615  process shipping-initiated              5+3+1+6
14 13  payment   client   617  817  POST /v1/payment_intents/{id}/capture
15 14  payment   internal 819  825  handle Captured
16 15  payment   producer 820  825  create payment-processed
17 12  inventory consumer 610  620  process shipping-initiated              5+4+1+10
18 17  inventory producer 612  620  create inventory-updated
19  2  order     consumer  30   38  process order-placed                    6+3+1+8
20 19  order     producer  32   38  create order-status-changed
21  6  order     consumer 459  466  process payment-processed               4+3+1+7
22 21  order     producer 460  466  create order-status-changed
23  8  order     consumer 484  490  process inventory-updated               4+3+1+6
24 23  order     producer 485  490  create order-status-changed
25 12  order     consumer 608  614  process shipping-initiated              5+2+1+6
26 25  order     producer 609  614  create order-status-changed
27 18  order     consumer 629  634  process inventory-updated               4+3+1+5
28 16  order     consumer 833  840  process payment-processed               4+3+1+7
29 28  order     producer 834  840  create order-status-changed
30 20  notifier  consumer  47   49  process order-status-changed            4+3+1+2
31 22  notifier  consumer 475  477  process order-status-changed            4+3+1+2
32 24  notifier  consumer 499  501  process order-status-changed            4+3+1+2
33 26  notifier  consumer 623  628  process order-status-changed            4+3+1+5
34 29  notifier  consumer 849  852  process order-status-changed            4+3+1+3
35 20  analytics consumer  47   49  process order-status-changed            4+3+1+2
36 22  analytics consumer 475  477  process order-status-changed            4+3+1+2
37 24  analytics consumer 499  501  process order-status-changed            4+3+1+2
38 26  analytics consumer 623  625  process order-status-changed            4+3+1+2
39 29  analytics consumer 849  851  process order-status-changed            4+3+1+2
40 33  notifier  client   630  660  SMTP send
41 40  notifier  internal 661  664  handle MailSent
42 41  notifier  producer 662  664  create customer-notified
"""
PATH = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 28, 29, 34]


def span_of(line: str, trace: str = THE_TRACE) -> Span:
    number, parent, service, kind, start, end, *rest = line.split()
    waits = rest.pop().split("+") if "+" in rest[-1] else []
    names = ("outbox", "broker", "linger", "handling")
    return Span(
        trace_id=trace,
        span_id=f"{int(number):016x}",
        parent_id=None if parent == "-" else f"{int(parent):016x}",
        service=service,
        name=" ".join(rest),
        kind=Kind[kind.upper()],
        start_ns=BEGAN_NS + int(start) * MS,
        end_ns=BEGAN_NS + int(end) * MS,
        attributes={
            f"orderstream.wait.{name}_ms": int(ms) for name, ms in zip(names, waits, strict=False)
        },
    )


def spans_of(table: str, trace: str = THE_TRACE) -> list[Span]:
    return [span_of(line, trace) for line in table.strip().splitlines()]


def number_of(span: Span | None) -> int | None:
    return int(span.span_id, 16) if span else None


def the_trace(spans: Iterable[Span]) -> Trace:
    (trace,) = grow(spans)
    return trace


def printed(*traces: Trace, width: int = 80) -> list[str]:
    return [line.plain for line in lines_of(ORDER, traces, width)]


@pytest.fixture
def spans() -> list[Span]:
    return spans_of(TABLE)


def test_every_span_is_shown_once_below_its_cause(spans: list[Span]) -> None:
    trace = the_trace(spans)
    order = [number_of(node.span) for node in trace.nodes]
    assert sorted(filter(None, order)) == list(range(1, 43))
    for span in spans:
        if span.parent_id:
            assert order.index(int(span.parent_id, 16)) < order.index(number_of(span))


def test_the_slowest_path_ends_with_the_span_that_ends_last(spans: list[Span]) -> None:
    assert [number_of(node.span) for node in the_trace(spans).slowest] == PATH


def test_the_tries_that_a_call_repeats_are_on_the_way_too(spans: list[Span]) -> None:
    again = span_of("43 3 payment client 41 42 POST /v1/payment_intents")
    trace = the_trace([*spans, again])
    assert [number_of(node.span) for node in trace.slowest] == [*PATH[:3], 43, *PATH[3:]]
    assert spent_on_slowest(trace)["outside"] == 701


def test_where_the_time_went_adds_up_to_the_whole_path(spans: list[Span]) -> None:
    trace = the_trace(spans)
    spent = spent_on_slowest(trace)
    assert sum(spent.values()) == pytest.approx(852)
    assert spent["gateway"] == 15
    assert spent["outside"] == 400 + 100 + 200
    assert spent["outbox"] == 6 + 4 + 3 + 5 + 4 + 4
    assert spent["broker"] == 3 + 3 + 3 + 3 + 3 + 3
    assert spent["handling"] == 65
    assert (spent_in_all(trace)["outside"], spent_in_all(trace)["handling"]) == (730, 131)


def test_the_longest_pause_is_named_where_it_is_worth_a_line() -> None:
    first = """
 1  -  shipping consumer   900  910  process inventory-updated         500+200+100+10
 2  1  shipping client     912  950  POST /parcels
"""
    again = " 3  1  shipping client    3950 4000  POST /parcels/again"
    quick, slow = the_trace(spans_of(first)), the_trace(spans_of(first + again))
    assert not [line for line in printed(quick) if "pause" in line]
    assert printed(slow)[-1] == "The longest pause: 3,000 ms before shipping POST /parcels/again"
    assert max(map(len, printed(slow, width=60))) <= 60


def test_what_an_event_waited_for_is_no_pause() -> None:
    waited = """
 1  -  gateway   producer     0   10  create order-placed
 2  1  payment   consumer  2010 2020  process order-placed                 1500+400+100+10
"""
    assert not [line for line in printed(the_trace(spans_of(waited))) if "pause" in line]


def test_an_order_is_printed_within_80_columns(spans: list[Span]) -> None:
    lines = printed(the_trace(spans))
    assert max(map(len, lines)) <= 80
    assert lines[0] == f"{ORDER}: 42 spans"
    assert [line for line in lines if line.startswith(">")][:4] == [
        "> the slowest path   waits, ms: outbox + broker + linger + handling",
        ">      0     20 gateway POST /v1/orders",
        ">      4     11 gateway create order-placed",
        ">     31      9 └ payment process order-placed                           6+3+2+9",
    ]
    assert sum(line.startswith(">") for line in lines) - 1 == len(PATH)
    assert "outside                       700 ms    82 %        730 ms" in lines


def test_the_page_shows_what_is_printed(spans: list[Span]) -> None:
    (example,) = re.findall(r"```text\n(.*?)```", PAGE.read_text(), re.DOTALL)
    shown = [line for line in example.splitlines() if not line.startswith(("trace ", "..."))]
    assert [line for line in shown if line not in printed(the_trace(spans))] == []


def test_what_follows_alone_stays_on_its_level_and_branches_go_deeper() -> None:
    lines = printed(the_trace(spans_of(TABLE)))
    drawn = [line[16:64].rstrip() for line in lines if line[1:14].strip()[:1].isdigit()]
    assert drawn[:8] == [
        "gateway POST /v1/orders",
        "gateway create order-placed",
        "├ order process order-placed",
        "│ order create order-status-changed",
        "│ ├ notifier process order-status-changed",
        "│ └ analytics process order-status-changed",
        "└ payment process order-placed",
        "  payment POST /v1/payment_intents",
    ]


@pytest.mark.parametrize("width", [20, 60, 80, 200])
def test_any_width_holds_every_line(spans: list[Span], width: int) -> None:
    assert max(map(len, printed(the_trace(spans), width=width))) <= max(width, 60)


@pytest.mark.parametrize(
    ("lost", "told"),
    [
        (lambda one: one.service != "inventory", "? a span of another service is missing"),
        (lambda one: number_of(one) != 3, "? a span of payment is missing"),
    ],
)
def test_a_gap_is_shown_with_what_followed_from_it_below(
    spans: list[Span], lost: Callable[[Span], bool], told: str
) -> None:
    trace = the_trace(filter(lost, spans))
    lines = printed(trace)
    assert any(line.startswith("The slowest path begins at a gap") for line in lines)
    (gap,) = {line[16:].strip() for line in lines if "missing" in line}
    assert gap == told
    assert all(node.effects for node in trace.nodes if node.span is None)
    assert len(trace.spans) == sum(map(lost, spans))


def test_a_clients_own_span_is_no_gap(spans: list[Span]) -> None:
    spans[0] = replace(spans[0], parent_id="f" * 16)
    assert all(node.span for node in the_trace(spans).nodes)


def test_a_cancellation_is_a_second_trace_and_reads_are_counted(spans: list[Span]) -> None:
    cancel = spans_of("1 - gateway server 100 110 DELETE /v1/orders/{id}", "b" * 32)
    reads = [spans_of("1 - gateway server 50 55 GET /v1/orders/{id}", c * 32) for c in "cd"]
    traces = grow([*cancel, *spans, *(one for read in reads for one in read)])
    lines = printed(*traces)
    assert lines[0] == f"{ORDER}: 43 spans"
    assert [line[6:8] for line in lines if line.startswith("trace ")] == ["4b", "bb"]
    assert "It was looked at as well: 2 reads, not shown." in lines[-1]


def test_spans_that_are_each_others_parents_are_shown_once() -> None:
    circle = spans_of(
        "1 2 a internal 0 1 first\n2 1 a internal 0 2 second\n3 2 a internal 1 3 third"
    )
    assert len(the_trace(circle).nodes) == 3


def test_a_trace_may_be_deeper_than_pythons_stack() -> None:
    rows = (f"{n} {n - 1 or '-'} a internal {n} {n + 1} step" for n in range(1, 3000))
    trace = the_trace(spans_of("\n".join(rows)))
    assert len(trace.slowest) == len(trace.nodes) == 2999


def test_an_error_is_told_in_words(spans: list[Span]) -> None:
    spans[3] = replace(spans[3], attributes={"error.type": "timeout"})
    assert any("POST /v1/payment_intents ! timeout" in line for line in printed(the_trace(spans)))


def test_json_has_the_same_and_can_be_written(spans: list[Span]) -> None:
    told = json.loads(json.dumps(as_json(ORDER, grow(spans[1:]))))
    (trace,) = told["traces"]
    assert len(trace["spans"]) == 42  # 41 and a gap
    gap, create = trace["spans"][:2]
    assert (gap["name"], gap["depth"], create["depth"]) == (None, 0, 1)
    assert create["name"] == "create order-placed"
    assert trace["spent_on_slowest_path_ms"]["outside"] == 700
