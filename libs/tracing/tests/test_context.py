import pytest
from hypothesis import given
from hypothesis import strategies as st
from tracing import TraceContext, current_trace, use_trace

HEX = "0123456789abcdef"
# From https://www.w3.org/TR/trace-context/#examples-of-http-traceparent-headers
EXAMPLE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def ids(length: int) -> st.SearchStrategy[str]:
    return st.text(HEX, min_size=length, max_size=length).filter(lambda digits: int(digits, 16) > 0)


@given(trace_id=ids(32), span_id=ids(16), flags=st.text(HEX, min_size=2, max_size=2))
def test_a_right_header_survives_reading_and_writing(trace_id, span_id, flags):
    header = f"00-{trace_id}-{span_id}-{flags}"
    trace = TraceContext.parse(header)
    assert trace is not None
    assert trace.traceparent == header


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "nonsense",
        EXAMPLE.upper(),
        EXAMPLE + "\n",
        " " + EXAMPLE,
        EXAMPLE + "-more",
        "ff" + EXAMPLE[2:],
        EXAMPLE.replace("-", "_"),
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-" + "0" * 16 + "-01",
        EXAMPLE[:-1],
    ],
)
def test_a_wrong_header_is_no_trace(header):
    assert TraceContext.parse(header) is None


@given(st.text())
def test_no_header_makes_reading_fail(header):
    TraceContext.parse(header)


def test_a_new_trace_is_one_that_others_can_read():
    trace = TraceContext.new()
    assert TraceContext.parse(trace.traceparent) == trace


def test_a_child_stays_in_the_trace_as_a_span_of_its_own():
    trace = TraceContext.new()
    child = trace.child()
    assert (child.trace_id, child.flags) == (trace.trace_id, trace.flags)
    assert child.span_id != trace.span_id


def test_a_trace_is_current_inside_only_and_traces_nest():
    outer, inner = TraceContext.new(), TraceContext.new()
    with use_trace(outer):
        with use_trace(inner):
            assert current_trace.get() is inner
        assert current_trace.get() is outer
    assert current_trace.get() is None
