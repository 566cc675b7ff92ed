"""A span is recorded if its trace is, costs next to nothing if not, and hands on its context."""

import pytest
from testkit.spans import recorded_spans
from tracing import (
    Attempt,
    Kind,
    TraceContext,
    attempting,
    begin,
    begin_trace,
    calling,
    ended_together,
    leave,
    recorder,
    use_trace,
)
from tracing.names import CONVERSATION_ID, HTTP_METHOD, HTTP_RESENDS
from tracing.recorder import Recorder

PARENT = TraceContext.new()


@pytest.fixture
def spans():
    with recorded_spans() as recorded:
        yield recorded


def test_a_span_belongs_to_its_parents_trace_and_has_an_id_of_its_own(spans):
    begin("work", Kind.INTERNAL, PARENT, {"a": 1}).end()
    span = spans.one("work")
    assert span.context.trace_id == PARENT.trace_id
    assert span.parent_id == PARENT.span_id != span.context.span_id
    assert span.started_ns <= span.ended_ns
    assert span.attributes == {"a": 1}


def test_what_is_not_sampled_is_not_recorded_and_hands_on_its_parents_context(spans):
    unsampled = PARENT.sampled(wanted=False)
    span = begin("work", Kind.INTERNAL, unsampled)
    span.end()
    assert span.context == unsampled
    assert spans.look() == []


def test_where_nobody_exports_nothing_is_recorded():
    span = begin("work", Kind.INTERNAL, PARENT)
    first = begin_trace("work", Kind.INTERNAL)
    span.end()
    first.end()
    assert (span.context, first.context, len(recorder)) == (PARENT, None, 0)


def test_a_full_queue_drops_and_counts_instead_of_waiting(spans):
    small = Recorder(capacity=2)
    for _ in range(5):
        small.record(begin("work", Kind.INTERNAL, PARENT))
    assert (len(small), small.dropped) == (2, 3)
    assert len(small.take(10)) == 2


def test_what_is_given_back_goes_first_as_far_as_there_is_room(spans):
    small = Recorder(capacity=3)
    small.record(begin("1", Kind.INTERNAL, PARENT))
    small.record(begin("2", Kind.INTERNAL, PARENT))
    taken = small.take(10)
    small.record(begin("3", Kind.INTERNAL, PARENT))
    small.record(begin("4", Kind.INTERNAL, PARENT))
    small.give_back(taken)
    assert small.dropped == 1
    assert [span.name for span in small.take(10)] == ["2", "3", "4"]
    small.give_back(taken)
    small.forget()
    assert (len(small), small.dropped) == (0, 3)


@pytest.mark.parametrize(("ratio", "expected"), [(0.0, 0), (1.0, 2_000), (0.1, 200)])
def test_a_share_of_traces_is_chosen_by_their_ids(ratio, expected):
    traces = [TraceContext.new() for _ in range(2_000)]
    chosen = [trace for trace in traces if trace.is_within(ratio)]
    assert abs(len(chosen) - expected) <= (100 if expected == 200 else 0)
    assert all(trace.child().is_within(ratio) for trace in chosen)


@pytest.mark.parametrize(("flags", "wanted", "after"), [("00", True, "01"), ("03", False, "02")])
def test_the_sampled_flag_is_set_and_others_are_kept(flags, wanted, after):
    trace = TraceContext("1" * 32, "2" * 16, flags).sampled(wanted=wanted)
    assert (trace.flags, trace.is_sampled) == (after, wanted)


def test_spans_that_end_together_are_forgotten_together(spans):
    with ended_together():
        leave(begin("kept", Kind.INTERNAL, PARENT))
        assert spans.look() == []
    with pytest.raises(ZeroDivisionError), ended_together():
        leave(begin("lost", Kind.INTERNAL, PARENT)).fail(str(1 / 0))
    assert [span.name for span in spans.look()] == ["kept"]


def test_a_call_says_what_it_is_part_of_and_how_often_it_was_made_before(spans):
    attempt = Attempt("ord_1", 3)
    with use_trace(PARENT), attempting(attempt), calling("POST /x", {HTTP_METHOD: "POST"}):
        pass
    span = spans.one("POST /x")
    assert (span.attributes[CONVERSATION_ID], span.attributes[HTTP_RESENDS]) == ("ord_1", 3)
    assert (span.kind, span.parent_id) == (Kind.CLIENT, PARENT.span_id)
    assert attempt.made == span.context


def test_a_call_that_fails_names_the_sort_of_failure_and_not_its_words(spans):
    with pytest.raises(OSError, match="ada@example"), use_trace(PARENT), calling("call", {}):
        raise OSError("ada@example.com refused")
    assert spans.one("call").attributes == {"error.type": "OSError"}
