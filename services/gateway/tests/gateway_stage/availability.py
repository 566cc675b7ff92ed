"""Instances of inventory as the gateway sees them, over gRPC."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import grpc
from grpc_health.v1.health import aio as grpc_health
from grpc_health.v1.health_pb2_grpc import add_HealthServicer_to_server
from rpc.inventory.v1.availability_pb2 import GetRequest, GetResponse
from rpc.inventory.v1.availability_pb2_grpc import (
    AvailabilityServicer,
    add_AvailabilityServicer_to_server,
)
from testkit.ports import free_port

AS_OF = datetime(2026, 11, 25, 12, 0, 0, 250_000, tzinfo=UTC)
HANG, LONG, MUG = "HANG", "LONG", "MUG 1"
STATUSES = {code.name: code for code in grpc.StatusCode}


@dataclass
class Instance(AvailabilityServicer):
    """One instance of inventory: a SKU that is the name of a status is answered with that status.

    `refusing` is how many calls are refused before one is answered.
    """

    port: int = field(default_factory=free_port)
    refusing: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    sent: dict[str, Any] = field(default_factory=dict)
    health: grpc_health.HealthServicer = field(default_factory=grpc_health.HealthServicer)
    _server: grpc.aio.Server | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def Get(self, request: GetRequest, context: Any) -> GetResponse:  # noqa: N802
        self.asked[request.sku] += 1
        self.sent = dict(context.invocation_metadata())
        if self.refusing:
            self.refusing -= 1
            await context.abort(grpc.StatusCode.UNAVAILABLE, "later")
        if request.sku in STATUSES:
            await context.abort(STATUSES[request.sku], "a secret of inventory")
        if request.sku == HANG:
            await asyncio.sleep(600)
        if request.sku == LONG:
            await asyncio.sleep(0.5)
        return GetResponse(sku=request.sku, available=5, as_of=AS_OF)

    async def start(self) -> None:
        self._server = grpc.aio.server(options=(("grpc.so_reuseport", 0),))
        add_AvailabilityServicer_to_server(self, self._server)
        add_HealthServicer_to_server(self.health, self._server)
        self._server.add_insecure_port(self.address)
        await self._server.start()

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.stop(None)
