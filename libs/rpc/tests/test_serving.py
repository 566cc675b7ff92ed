"""What goes along with a call, and what a server says of itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
import structlog
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from rpc.context import call_metadata
from rpc.inventory.v1.availability_pb2 import GetRequest, GetResponse
from rpc.inventory.v1.availability_pb2_grpc import (
    AvailabilityServicer,
    AvailabilityStub,
    add_AvailabilityServicer_to_server,
)
from rpc.serving import serving
from servicekit import CannotStartError, Health
from testkit.ports import free_port
from testkit.waiting import until
from tracing import TraceContext, current_trace, use_trace

TRACE = TraceContext.new()
GET = "/orderstream.inventory.v1.Availability/Get"


class Listening(AvailabilityServicer):
    """Remembers what its calls belonged to."""

    def __init__(self) -> None:
        self.traces: list[TraceContext | None] = []
        self.bound: list[dict[str, Any]] = []

    async def Get(self, request: GetRequest, context: Any) -> GetResponse:  # noqa: ARG002, N802
        self.traces.append(current_trace.get())
        self.bound.append(structlog.contextvars.get_contextvars())
        return GetResponse(sku=request.sku)


@asynccontextmanager
async def served(servicer: Listening, port: int) -> AsyncIterator[AvailabilityStub]:
    async with channel_to(servicer, port, Health()) as channel:
        yield AvailabilityStub(channel)


@asynccontextmanager
async def channel_to(
    servicer: Listening, port: int, health: Health
) -> AsyncIterator[grpc.aio.Channel]:
    def register(server: grpc.aio.Server) -> None:
        add_AvailabilityServicer_to_server(servicer, server)

    async with (
        serving(register, health, "127.0.0.1", port),
        grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        yield channel


async def test_a_call_continues_the_trace_and_the_request_of_who_makes_it():
    servicer = Listening()
    async with served(servicer, free_port()) as stub:
        with use_trace(TRACE), call_metadata(GET, "r-1") as metadata:
            await stub.Get(GetRequest(), metadata=metadata)
        with call_metadata(GET, "r-2") as metadata:
            await stub.Get(GetRequest(), metadata=metadata)
    (continued, other) = servicer.traces
    assert continued.trace_id == TRACE.trace_id
    assert other.trace_id != TRACE.trace_id
    assert servicer.bound == [{"request_id": "r-1"}, {"request_id": "r-2"}]


@pytest.mark.parametrize("metadata", [(), (("traceparent", "00-nonsense"),)])
async def test_who_sends_no_trace_begins_one(metadata):
    servicer = Listening()
    async with served(servicer, free_port()) as stub:
        await stub.Get(GetRequest(), metadata=metadata)
    assert servicer.traces[0] is not None
    assert servicer.bound == [{}]


async def test_a_port_is_not_shared():
    port = free_port()
    async with served(Listening(), port):
        with pytest.raises(CannotStartError, match=rf"cannot listen on 127.0.0.1:{port}"):
            async with served(Listening(), port):
                pass


class Failing(Health):
    """Health as it must not be: what it raises ends no process all the same."""

    raises: BaseException | None = None

    async def report(self) -> dict[str, str]:
        if self.raises is not None:
            raise self.raises
        return await super().report()


@pytest.mark.parametrize(
    "raised", [asyncio.CancelledError(), OSError("gone"), BaseExceptionGroup("x", [OSError()])]
)
async def test_an_error_while_reporting_health_does_not_end_the_reports(raised, monkeypatch):
    monkeypatch.setattr("rpc.serving.TELL_EVERY_S", 0.01)
    found = "the till is closed"
    health = Failing()

    async def till() -> str | None:
        return found

    health.add("till", till)
    async with channel_to(Listening(), free_port(), health) as channel:

        async def has_status(status: str) -> bool:
            answer = await HealthStub(channel).Check(HealthCheckRequest())
            return bool(HealthCheckResponse.ServingStatus.Name(answer.status) == status)

        await until("it is told", lambda: has_status("NOT_SERVING"))
        health.raises = raised
        await asyncio.sleep(0.1)
        health.raises, found = None, None
        await until("it is told again", lambda: has_status("SERVING"))
