import asyncio
import signal
import uuid
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest
from events import OrderPlaced
from fault_injection import CATALOGUE
from gateway.intake.fault_plans import FaultPlans
from testkit.ports import free_port
from testkit.waiting import TIMEOUT_S

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
ADDRESS = "/admin/fault-plans"
AGE = "UPDATE fault_plans SET attached_at = now() - interval '25 hours' WHERE idempotency_key = $1"


@pytest.fixture(scope="module")
async def test_bed(
    shop: Any, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway on the same database that takes fault plans."""
    folder = tmp_path_factory.mktemp("test-bed")
    gateway = shop.beside(folder, HTTP_PORT=str(free_port()), FAULT_PLANS="true")
    try:
        await gateway.answering("/readyz")
        async with httpx.AsyncClient(base_url=gateway.url, timeout=TIMEOUT_S) as http:
            yield http
    finally:
        await gateway.stop(signal.SIGKILL)


def operator(shop: Any) -> dict[str, str]:
    headers: dict[str, str] = shop.token("operator", scopes=["ops"])
    return headers


async def attach(shop: Any, http: httpx.AsyncClient, key: str, plan: Any) -> httpx.Response:
    return await http.put(f"{ADDRESS}/{key}", json={"plan": plan}, headers=operator(shop))


async def place(
    shop: Any, http: httpx.AsyncClient, body: Any, key: str, **more: str
) -> httpx.Response:
    headers = {"Idempotency-Key": key, **shop.token(shop.customer()), **more}
    return await http.post("/v1/orders", json=body(), headers=headers)


async def baggage_of(shop: Any, answer: httpx.Response) -> str | None:
    (envelope,) = await shop.published("order-placed", answer.json()["id"])
    assert isinstance(envelope.event, OrderPlaced)
    return envelope.baggage  # type: ignore[no-any-return]


async def test_an_attached_plan_goes_with_its_order_and_with_no_other(
    shop: Any, test_bed: httpx.AsyncClient, body: Any
) -> None:
    key = uuid.uuid4().hex
    assert (await attach(shop, test_bed, key, "provider_500")).status_code == 200
    assert (await attach(shop, test_bed, key, "decline")).json()["plan"] == "decline"
    others = [place(shop, test_bed, body, uuid.uuid4().hex) for _ in range(5)]
    planned, *unplanned = await asyncio.gather(place(shop, test_bed, body, key), *others)
    assert await baggage_of(shop, planned) == "fault-plan=decline"
    assert [await baggage_of(shop, one) for one in unplanned] == [None] * 5
    listed = (await test_bed.get(ADDRESS, headers=operator(shop))).json()
    (mine,) = [one for one in listed["attached"] if one["idempotency_key"] == key]
    assert (mine["plan"], mine["order_id"]) == ("decline", planned.json()["id"])
    assert [one["name"] for one in listed["plans"]] == list(CATALOGUE)


async def test_it_is_too_late_once_the_order_is_placed(
    shop: Any, test_bed: httpx.AsyncClient, body: Any
) -> None:
    key = uuid.uuid4().hex
    placed = await place(shop, test_bed, body, key)
    refused = await attach(shop, test_bed, key, "decline")
    assert (refused.status_code, refused.json()["code"]) == (409, "order_already_placed")
    assert await baggage_of(shop, placed) is None


@pytest.mark.parametrize("plan", ["nonsense", None, 7, ["decline"]])
async def test_an_unknown_plan_is_refused_with_those_that_are_known(
    shop: Any, test_bed: httpx.AsyncClient, plan: Any
) -> None:
    refused = await attach(shop, test_bed, uuid.uuid4().hex, plan)
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_fault_plan")
    assert all(name in refused.json()["detail"] for name in CATALOGUE)


async def test_only_operators_may_attach(shop: Any, test_bed: httpx.AsyncClient) -> None:
    customer = shop.token(shop.customer())
    for who, status in (({}, 401), (customer, 403)):
        answer = await test_bed.put(f"{ADDRESS}/key", json={"plan": "decline"}, headers=who)
        assert answer.status_code == status
        assert (await test_bed.get(ADDRESS, headers=who)).status_code == status


async def test_a_plan_is_forgotten_after_a_day(
    shop: Any, test_bed: httpx.AsyncClient, body: Any
) -> None:
    old, new = uuid.uuid4().hex, uuid.uuid4().hex
    for key in (old, new):
        await attach(shop, test_bed, key, "decline")
    async with asyncpg.create_pool(shop.environment["DATABASE_URL"], min_size=1) as pool:
        await pool.execute(AGE, old)
        assert await baggage_of(shop, await place(shop, test_bed, body, old)) is None
        await FaultPlans(pool).purge()
        left = await pool.fetch("SELECT idempotency_key FROM fault_plans")
    keys = {row["idempotency_key"] for row in left}
    assert (old in keys, new in keys) == (False, True)


async def test_without_the_setting_there_is_nothing_of_the_kind(
    shop: Any, test_bed: httpx.AsyncClient
) -> None:
    absent = await attach(shop, shop.http, uuid.uuid4().hex, "decline")
    nowhere = await shop.http.put("/admin/nowhere", json={}, headers=operator(shop))
    assert absent.status_code == nowhere.status_code == 404
    assert absent.json()["code"] == nowhere.json()["code"]
    assert (await shop.http.get(ADDRESS, headers=operator(shop))).status_code == 404
    assert "fault-plan" not in (await shop.http.get("/openapi.json")).text
    assert ADDRESS in (await test_bed.get("/openapi.json")).text


async def test_without_the_setting_a_plan_in_the_table_does_not_travel(
    shop: Any, test_bed: httpx.AsyncClient, body: Any
) -> None:
    key = uuid.uuid4().hex
    assert (await attach(shop, test_bed, key, "decline")).status_code == 200
    assert await baggage_of(shop, await place(shop, shop.http, body, key)) is None


@pytest.mark.parametrize("setting", ["off", "on"])
async def test_what_a_client_sends_as_baggage_goes_nowhere(
    shop: Any, test_bed: httpx.AsyncClient, body: Any, setting: str
) -> None:
    http = test_bed if setting == "on" else shop.http
    placed = await place(shop, http, body, uuid.uuid4().hex, Baggage="fault-plan=decline")
    assert await baggage_of(shop, placed) is None
