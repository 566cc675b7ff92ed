import asyncio
import signal
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from testkit.doors import Door
from testkit.ports import free_port
from testkit.waiting import TIMEOUT_S, until

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
Order = Callable[..., dict[str, Any]]
ORDER = f"ord_{'0' * 31}1"


@asynccontextmanager
async def another(shop: Any, folder: Path, **changes: str) -> AsyncIterator[Any]:
    """A second gateway beside the first."""
    gateway = shop.beside(folder, HTTP_PORT=str(free_port()), INSTANCE="2", **changes)
    try:
        await gateway.answering("/healthz")
        yield gateway
    finally:
        await gateway.stop(signal.SIGKILL)


async def send(shop: Any, gateway: Any, order: dict[str, Any], customer: str, key: str) -> Any:
    async with httpx.AsyncClient(base_url=gateway.url, timeout=TIMEOUT_S) as http:
        headers = shop.token(customer) | {"Idempotency-Key": key}
        return await http.post("/v1/orders", json=order, headers=headers)


async def degraded(gateway: Any, without: list[str]) -> bool:
    """Whether a gateway is ready, and says that it has to do without these."""
    async with httpx.AsyncClient(base_url=gateway.url) as http:
        answer = await http.get("/readyz")
        document = answer.json()
        assert (answer.status_code, document["ready"]) == (200, True)
        return set(without) <= set(document["degraded"])


async def test_nothing_is_priced_before_the_catalogue_is_complete(
    shop: Any, body: Order, tmp_path: Path
) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    async with another(shop, tmp_path, KAFKA_BOOTSTRAP=nowhere) as gateway:
        answer = await send(shop, gateway, body(), shop.customer(), "k")
        assert (answer.status_code, answer.json()["code"]) == (503, "catalogue_not_ready")
        assert answer.headers["retry-after"] == "1"
        async with httpx.AsyncClient(base_url=gateway.url) as http:
            ready = await http.get("/readyz")
            assert ready.status_code == 503
            assert ready.json()["checks"]["database"] == "ok"
            assert ready.json()["checks"]["kafka"] != "ok"
            assert ready.json()["checks"]["catalogue"] == "still being read"
            assert (await http.get("/v1/products")).is_success


async def test_an_earlier_answer_is_given_again_before_the_catalogue_is_complete(
    shop: Any, body: Order, tmp_path: Path
) -> None:
    customer, key = shop.customer(), uuid.uuid4().hex
    first = await shop.send(customer, body(), Idempotency_Key=key)
    async with another(shop, tmp_path, KAFKA_BOOTSTRAP=f"127.0.0.1:{free_port()}") as gateway:
        again = await send(shop, gateway, body(), customer, key)
    assert (again.status_code, again.content) == (202, first.content)


async def test_two_gateways_agree_on_one_order(shop: Any, body: Order, tmp_path: Path) -> None:
    async with another(shop, tmp_path) as second:
        await second.answering("/readyz")
        for _ in range(5):
            customer, key = shop.customer(), uuid.uuid4().hex
            answers = await asyncio.gather(
                *(
                    send(shop, gateway, body(), customer, key)
                    for gateway in (second, shop.gateway) * 5
                )
            )
            assert {answer.status_code for answer in answers} <= {202, 409}
            assert len({answer.content for answer in answers if answer.is_success}) == 1


async def test_a_database_that_is_away_is_reported_and_comes_back(
    shop: Any, body: Order, tmp_path: Path
) -> None:
    url = urlsplit(shop.environment["DATABASE_URL"])
    line = Door(url.hostname or "", url.port or 5432)
    await line.open()
    through_line = url._replace(netloc=f"{url.username}@127.0.0.1:{line.port}").geturl()
    async with another(shop, tmp_path, DATABASE_URL=through_line) as gateway:
        await gateway.answering("/readyz")
        customer, key = shop.customer(), uuid.uuid4().hex
        await line.shut()
        answer = await send(shop, gateway, body(), customer, key)
        assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
        await until("the gateway misses its database", lambda: degraded(gateway, ["database"]))
        shop.order_service.knows(ORDER, customer, "completed")
        async with httpx.AsyncClient(base_url=gateway.url, headers=shop.token(customer)) as http:
            assert (await http.get(f"/v1/orders/{ORDER}")).status_code == 200
            assert (await http.get("/v1/products")).status_code == 200
            refused = await http.post(f"/v1/orders/{ORDER}/cancel")
            assert (refused.status_code, refused.json()["code"]) == (503, "database_unavailable")
            assert refused.headers["retry-after"] == "1"
        await line.open()

        async def accepted() -> str | None:
            answer = await send(shop, gateway, body(), customer, key)
            return answer.json()["id"] if answer.status_code == 202 else None

        assert await shop.published("order-placed", await until("an order is accepted", accepted))
        await gateway.stop()
    await line.shut()


async def test_an_order_survives_the_death_of_its_gateway(
    shop: Any, body: Order, tmp_path: Path
) -> None:
    customer, key = shop.customer(), uuid.uuid4().hex
    async with another(shop, tmp_path, CRASH_AT="after-commit") as dying:
        await dying.answering("/readyz")
        with pytest.raises(httpx.TransportError):
            await send(shop, dying, body(), customer, key)
    again = await shop.send(customer, body(), Idempotency_Key=key)
    assert again.headers["idempotent-replayed"] == "true"
    assert len(await shop.published("order-placed", again.json()["id"])) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_who_waits_is_answered_when_the_gateway_stops(
    shop: Any, tmp_path: Path, body: Order, number: signal.Signals
) -> None:
    async with another(shop, tmp_path) as gateway:
        await gateway.answering("/readyz")
        customer = shop.customer()
        async with httpx.AsyncClient(base_url=gateway.url, timeout=TIMEOUT_S) as http:
            headers = shop.token(customer) | {"Idempotency-Key": "k", "Prefer": "wait=20"}
            waiting = asyncio.create_task(http.post("/v1/orders", json=body(), headers=headers))
            order_id = await shop.newest_order_of(customer)
            await gateway.stop(number)
            answer = await waiting
        assert (answer.status_code, answer.json()["id"]) == (202, order_id)
        assert "Traceback" not in gateway.log


async def test_too_many_orders_at_once_are_turned_away(
    shop: Any, body: Order, tmp_path: Path
) -> None:
    async with another(shop, tmp_path, MAX_UNWRITTEN_ORDERS="1") as gateway:
        await gateway.answering("/readyz")
        customer = shop.customer()
        answers = await asyncio.gather(
            *(send(shop, gateway, body(), customer, f"k{number}") for number in range(50))
        )
    codes = {answer.status_code: answer.json().get("code") for answer in answers}
    assert codes == {202: None, 503: "overloaded"}


async def test_who_hangs_up_too_early_leaves_a_line_and_no_traceback(
    shop: Any, tmp_path: Path
) -> None:
    async with another(shop, tmp_path) as gateway:
        await gateway.answering("/readyz")
        _, writer = await asyncio.open_connection("127.0.0.1", urlsplit(gateway.url).port)
        headers = shop.token(shop.customer()) | {"Idempotency-Key": "k", "Host": "gateway"}
        headers |= {"Content-Type": "application/json", "Content-Length": "1000"}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"POST /v1/orders HTTP/1.1\r\n{lines}\r\n{{".encode())
        await writer.drain()
        writer.close()
        await until("the gateway has seen who hung up", lambda: '"status": 499' in gateway.log)
        assert "Traceback" not in gateway.log


async def test_wrong_settings_are_reported_in_a_line_each(shop: Any, tmp_path: Path) -> None:
    gateway = shop.beside(tmp_path, SEALING_KEY="no key", MAX_WAITING_REQUESTS="many")
    assert await gateway.stop(signal.SIGCONT) == 2
    assert "wrong setting SEALING_KEY" in gateway.log
    assert "wrong setting MAX_WAITING_REQUESTS" in gateway.log
    assert "no key" not in gateway.log
