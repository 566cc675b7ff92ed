"""Spans as tests look at them: what this process recorded, and what a collector was sent."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Message
from tracing import Kind, Span, TraceContext, recorder

HEAD_END = b"\r\n\r\n"


class Recorded(list[Span]):
    """The spans that have ended since, looked at again by `look`."""

    def look(self) -> "Recorded":
        """Take what has ended meanwhile; gives itself."""
        self.extend(recorder.take(len(recorder)))
        return self

    def named(self, name: str) -> list[Span]:
        """Give the spans of this name, in the order in which they ended."""
        return [span for span in self.look() if span.name == name]

    def one(self, name: str) -> Span:
        """Give the only span of this name.

        Raises:
            ValueError: there is none, or more than one.
        """
        (found,) = self.named(name)
        return found


@contextmanager
def recorded_spans() -> Iterator[Recorded]:
    """Record what ends inside, as a process does that exports it; nothing is sent anywhere."""
    recorder.take(len(recorder))
    recorder.is_on = True
    try:
        yield Recorded()
    finally:
        recorder.is_on = False
        recorder.take(len(recorder))


class Collector:
    """What an OTLP collector was sent: `requests` are decoded, `headers` theirs, `status` is what it answers.

    A silent one answers nothing.
    """

    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.connections = 0
        self.status = 200
        self.is_silent = False
        self.url = ""

    @property
    def spans(self) -> Recorded:
        """All spans, in the order in which they came."""
        return Recorded(
            _read(span)
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        )

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection, until it is closed."""
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(HEAD_END)).decode()
                self.paths.append(head.split()[1])
                headers = _headers_in(head)
                self.headers.append(headers)
                body = await reader.readexactly(int(headers["content-length"]))
                self.requests.append(ExportTraceServiceRequest.FromString(body))
                if self.is_silent:
                    continue
                writer.write(f"HTTP/1.1 {self.status} X\r\ncontent-length: 0\r\n\r\n".encode())
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


def _headers_in(head: str) -> dict[str, str]:
    lines = (line.partition(":") for line in head.splitlines()[1:] if line)
    return {name.lower(): value.strip() for name, _, value in lines}


def _read(message: Message) -> Span:
    """Read a span as it was before it was encoded."""
    context = TraceContext(message.trace_id.hex(), message.span_id.hex())
    parent = message.parent_span_id.hex() or None
    span = Span(message.name, Kind(message.kind), context, parent, message.start_time_unix_nano)
    span.ended_ns = message.end_time_unix_nano
    span.links = [TraceContext(one.trace_id.hex(), one.span_id.hex()) for one in message.links]
    for pair in message.attributes:
        span.attributes[pair.key] = getattr(pair.value, str(pair.value.WhichOneof("value")))
    return span


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    """Listen as a collector does, over real HTTP, while the block lasts."""
    collector = Collector()
    server = await asyncio.start_server(collector.serve, "127.0.0.1", 0)
    collector.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield collector
    finally:
        server.close()
