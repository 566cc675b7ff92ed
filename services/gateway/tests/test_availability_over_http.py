"""What a client gets when it asks how many units can be had."""

import signal
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from gateway_stage.availability import HANG, MUG, STATUSES, Instance
from testkit.ports import free_port
from testkit.waiting import TIMEOUT_S, until

TRACE = "0af7651916cd43dd8448eb211c80319c"
PROBLEMS = {
    "NOT_FOUND": (404, "product_not_found"),
    "INVALID_ARGUMENT": (400, "invalid_query"),
    "DEADLINE_EXCEEDED": (504, "upstream_timeout"),
    "UNAVAILABLE": (503, "inventory_service_unavailable"),
    "CANCELLED": (503, "inventory_service_unavailable"),
    "RESOURCE_EXHAUSTED": (503, "inventory_service_unavailable"),
}
"""All others are 502."""


@dataclass
class Edge:
    """A gateway with the one instance of inventory behind it."""

    http: httpx.AsyncClient
    inventory: Instance

    async def get(self, sku: str, **headers: str) -> httpx.Response:
        return await self.http.get(f"/v1/products/{sku}/availability", headers=headers)

    async def is_degraded(self) -> bool:
        ready = await self.http.get("/readyz")
        return ready.status_code == 200 and "inventory" in ready.json()["degraded"]


@pytest.fixture(scope="module")
async def edge(shop: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Edge]:
    inventory = Instance()
    await inventory.start()
    folder: Path = tmp_path_factory.mktemp("edge")
    changes = {"HTTP_PORT": str(free_port()), "INVENTORY_GRPC_URLS": inventory.address}
    gateway = shop.beside(folder, **changes)
    try:
        await gateway.answering("/readyz")
        async with httpx.AsyncClient(base_url=gateway.url, timeout=TIMEOUT_S) as http:
            yield Edge(http, inventory)
    finally:
        await gateway.stop(signal.SIGKILL)
        await inventory.stop()


@pytest.mark.kafka
@pytest.mark.postgres
async def test_everybody_may_ask_what_can_be_had(edge):
    trace = f"00-{TRACE}-b7ad6b7169203331-01"
    answer = await edge.get(MUG, traceparent=trace, **{"X-Request-Id": "r-42"})
    here = "/v1/products/MUG%201"
    assert answer.json() == {
        "sku": MUG,
        "available": 5,
        "as_of": "2026-11-25T12:00:00.250000Z",
        "links": {"self": f"{here}/availability", "product": here},
    }
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=1")
    assert "upstream;dur=" in answer.headers["server-timing"]
    assert edge.inventory.sent["x-request-id"] == "r-42"
    assert edge.inventory.sent["traceparent"].split("-")[1] == TRACE


@pytest.mark.kafka
@pytest.mark.postgres
@pytest.mark.parametrize("status", sorted(STATUSES.keys() - {"OK"}))
async def test_every_status_has_its_problem(edge, status):
    http, code = PROBLEMS.get(status, (502, "upstream_invalid"))
    answer = await edge.get(status)
    assert (answer.status_code, answer.json()["code"]) == (http, code)
    assert ("retry-after" in answer.headers) == (http == 503)
    assert "secret" not in answer.text


@pytest.mark.kafka
@pytest.mark.postgres
async def test_an_inventory_that_hangs_is_given_up_after_the_time_of_the_route(edge):
    started = time.monotonic()
    answer = await edge.get(HANG)
    assert (answer.status_code, answer.json()["code"]) == (504, "upstream_timeout")
    assert time.monotonic() - started > 2.5


@pytest.mark.kafka
@pytest.mark.postgres
async def test_an_inventory_that_is_away_degrades_the_gateway_until_it_is_back(edge):
    await edge.inventory.stop()
    answer = await edge.get(MUG)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    await until("the gateway misses inventory", edge.is_degraded)
    await edge.inventory.start()

    async def answered() -> bool:
        with suppress(httpx.TransportError):
            return (await edge.get(MUG)).is_success
        return False

    await until("inventory is found again", answered)
