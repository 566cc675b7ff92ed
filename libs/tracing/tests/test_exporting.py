"""What is exported is OTLP that others read; it waits for a collector, and no work waits for it."""

import pytest
from structlog.testing import capture_logs
from testkit.ports import free_port
from testkit.spans import collecting
from testkit.waiting import until
from tracing import Kind, TraceContext, begin, recorder
from tracing.exporting import SLICE, exporting

PARENT = TraceContext.new()


def work(name: str = "work", **attributes) -> None:
    span = begin(name, Kind.CLIENT, PARENT, attributes)
    span.link([TraceContext("a" * 32, "b" * 16)])
    span.end()


async def test_a_collector_reads_every_part_of_a_span():
    async with collecting() as collector:
        async with exporting(collector.url, "payment", "payment-2"):
            work(text="é", number=2**40, share=0.5, yes=True)
            await until("it is sent", lambda: bool(collector.requests))
        (request,) = collector.requests
    assert collector.paths == ["/v1/traces"]
    (resource,) = request.resource_spans
    assert {pair.key: pair.value.string_value for pair in resource.resource.attributes} == {
        "service.name": "payment",
        "service.instance.id": "payment-2",
    }
    (span,) = resource.scope_spans[0].spans
    assert (span.name, span.kind, span.flags) == ("work", 3, 1)
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (PARENT.trace_id, PARENT.span_id)
    assert 0 < span.start_time_unix_nano <= span.end_time_unix_nano
    values = {pair.key: pair.value for pair in span.attributes}
    assert (values["text"].string_value, values["number"].int_value) == ("é", 2**40)
    assert (values["share"].double_value, values["yes"].bool_value) == (0.5, True)
    assert [(link.trace_id.hex(), link.span_id.hex()) for link in span.links] == [
        ("a" * 32, "b" * 16)
    ]


async def test_a_collector_that_wants_a_key_gets_it_with_every_request():
    key = {"x-api-key": "secret"}
    async with collecting() as collector, exporting(collector.url, "payment", "1", key):
        for _ in range(SLICE + 1):
            work()
        await until("all are sent", lambda: len(collector.headers) == 2)
    assert [one["x-api-key"] for one in collector.headers] == ["secret"] * 2
    assert {one["content-type"] for one in collector.headers} == {"application/x-protobuf"}


async def test_a_connection_that_was_idle_is_not_used_again(monkeypatch):
    monkeypatch.setattr("tracing.exporting.IDLE_S", 0.0)
    async with collecting() as collector, exporting(collector.url, "payment", "1"):
        for sent in (1, 2):
            work()
            await until("it is sent", lambda sent=sent: len(collector.requests) == sent)
        assert collector.connections == 2


async def test_a_failed_span_is_marked_so():
    async with collecting() as collector:
        async with exporting(collector.url, "payment", "1"):
            work(**{"error.type": "500"})
        (request,) = collector.requests
    assert request.resource_spans[0].scope_spans[0].spans[0].status.code == 2


async def test_what_waits_at_the_end_is_sent_in_slices():
    async with collecting() as collector:
        async with exporting(collector.url, "payment", "1"):
            for _ in range(2 * SLICE + 1):
                work()
        assert len(collector.spans) == 2 * SLICE + 1
        assert len(collector.requests) == 3
    assert not recorder.is_on


@pytest.mark.parametrize("broken", ["away", "full"])
async def test_a_collector_that_takes_nothing_costs_one_line_a_minute(broken, monkeypatch):
    monkeypatch.setattr("tracing.exporting.RETRY_S", 0.01)
    monkeypatch.setattr("tracing.exporting.GIVE_UP_S", 0.05)
    async with collecting() as collector:
        collector.status = 503
        url = collector.url if broken == "full" else f"http://127.0.0.1:{free_port()}"
        with capture_logs() as lines:
            async with exporting(url, "payment", "1"):
                for _ in range(3 * SLICE):
                    work()
                await until("all are given up", lambda: len(recorder) == 0)
                work()
    (line,) = lines
    assert (line["event"], line["log_level"]) == ("spans_dropped", "warning")


@pytest.mark.parametrize("status", [429, 503])
async def test_what_the_collector_could_not_take_is_sent_again(status, monkeypatch):
    monkeypatch.setattr("tracing.exporting.RETRY_S", 0.01)
    async with collecting() as collector:
        collector.status = status
        async with exporting(collector.url, "payment", "1"):
            for number in range(SLICE + 1):
                work(str(number))
            await until("it is refused", lambda: len(collector.requests) > 1)
            collector.requests.clear()
            collector.status = 200
            await until("all are sent", lambda: len(collector.spans) == SLICE + 1)
        assert [one.name for one in collector.spans] == [str(one) for one in range(SLICE + 1)]


async def test_what_the_collector_refuses_is_not_sent_again():
    before = recorder.dropped
    async with collecting() as collector:
        collector.status = 400
        with capture_logs() as lines:
            async with exporting(collector.url, "payment", "1"):
                work()
                await until("it is refused", lambda: len(collector.requests) == 1)
        assert len(collector.requests) == 1
    assert recorder.dropped == before + 1
    assert [line["error"] for line in lines] == ["answered 400"]


async def test_what_is_being_sent_at_the_end_is_sent_once_more():
    async with collecting() as collector:
        collector.is_silent = True
        async with exporting(collector.url, "payment", "1"):
            work()
            await until("it is on its way", lambda: len(collector.requests) == 1)
            collector.is_silent = False
        assert len(collector.requests) == 2


async def test_without_an_endpoint_nothing_is_recorded():
    async with exporting(None, "payment", "1"):
        work()
        assert len(recorder) == 0
