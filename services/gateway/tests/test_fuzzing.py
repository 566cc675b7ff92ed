"""Schemathesis tries the operations of the OpenAPI document on a live gateway, and finds nothing."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from rpc.inventory.v1.availability_pb2 import GetRequest, GetResponse
from rpc.inventory.v1.availability_pb2_grpc import (
    AvailabilityServicer,
    add_AvailabilityServicer_to_server,
)
from testkit.ports import free_port

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
CONFIG = Path(__file__).parent / "fuzzing" / "schemathesis.toml"
EXAMPLES = 8
STREAMS = "^follow_(order|dashboard)$"
"""They have no end while the order has none, and the shop: the tests of streams are about them."""
SOLD = ("MUG 1", "PEN.2")
SCOPES = ["orders:read", "orders:write", "webhooks", "ops"]


class Shelf(AvailabilityServicer):
    """Inventory as the gateway asks it over gRPC: there are five of everything that is sold."""

    async def Get(self, request: GetRequest, context: Any) -> GetResponse:  # noqa: N802
        if request.sku not in SOLD:
            await context.abort(grpc.StatusCode.NOT_FOUND, "no such product")
        as_of = Timestamp()
        as_of.GetCurrentTime()
        return GetResponse(sku=request.sku, available=5, as_of=as_of)


@pytest.fixture(scope="module")
async def inventory() -> AsyncIterator[str]:
    """The address of inventory's gRPC side."""
    server = grpc.aio.server()
    add_AvailabilityServicer_to_server(Shelf(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield f"127.0.0.1:{port}"
    await server.stop(None)


@pytest.fixture(scope="module")
async def gateway(
    shop: Any, inventory: str, notifier_api_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Any]:
    """A gateway that has every operation, and answers however often it is asked."""
    gateway = shop.beside(
        tmp_path_factory.mktemp("fuzzed"),
        HTTP_PORT=str(free_port()),
        FAULT_PLANS="true",
        RATE_LIMIT_SCALE="0",
        INVENTORY_GRPC_URLS=inventory,
        NOTIFIER_API_URLS=notifier_api_url,
    )
    try:
        await gateway.answering("/readyz")
        await gateway.answering(f"/v1/products/{SOLD[0]}")
        await gateway.reaches("notifier-api")
        yield gateway
    finally:
        await gateway.stop(signal.SIGKILL)


async def test_whatever_is_sent_is_answered_as_promised(shop: Any, gateway: Any) -> None:
    token = shop.token("fuzzer", scopes=SCOPES)["Authorization"].removeprefix("Bearer ")
    fuzzing = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--no-color", "--config-file", str(CONFIG)),
        *("run", f"{gateway.url}/openapi.json", "--max-examples", str(EXAMPLES)),
        *("--generation-deterministic", "--no-shrink", "--exclude-operation-id-regex", STREAMS),
        cwd=CONFIG.parent,
        env={"PATH": os.environ["PATH"], "GATEWAY_URL": gateway.url, "GATEWAY_TOKEN": token},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    stdout, _ = await fuzzing.communicate()
    assert fuzzing.returncode == 0, stdout.decode()
    assert "No issues found" in stdout.decode()
