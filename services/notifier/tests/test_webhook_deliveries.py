"""Changes of status become webhooks, which are sent until somebody takes them."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
import pytest
from events import OrderStatus, OrderStatusChanged
from notifier.webhooks import delivering, sending
from notifier.webhooks.delivering import Delivering
from notifier.webhooks.due import PURGE
from notifier.webhooks.message import Told, write_deliveries
from notifier.webhooks.schedule import DELAYS_S, TRIES, delay_s
from notifier.webhooks.sending import Sender
from notifier.webhooks.targets import Targets
from servicekit import Sealer
from servicekit.calling import open_client
from testkit.locks import waiting_for_locks
from testkit.samples import ORDER, changed
from testkit.simulators import Simulator
from testkit.waiting import until

pytestmark = pytest.mark.postgres
DUE_NOW = "UPDATE webhook_deliveries SET due_at = now() WHERE status = 'pending'"
LATEST = "SELECT * FROM webhook_deliveries ORDER BY number DESC LIMIT 1"


def change(customer: str, status: OrderStatus = OrderStatus.SHIPPED) -> OrderStatusChanged:
    told = {"previous": OrderStatus.RESERVED, "tracking_code": "T1"}
    return changed(status, customer_id=customer, **told)


def subscribe(api: httpx.Client, customer: str, url: str) -> dict[str, Any]:
    answer = api.post("/webhooks", json={"customer_id": customer, "url": url})
    made: dict[str, Any] = answer.raise_for_status().json()
    return made


class Hook:
    """A subscription of a customer's at a hook of the subscriber's, and what came there."""

    def __init__(self, subscriber: Simulator, api: httpx.Client, customer: str) -> None:
        self._subscriber = subscriber
        self._api = api
        self.customer = customer
        self.url = f"{subscriber.url}/hooks/{customer}"
        self.made = subscribe(api, customer, self.url)
        self.answers()

    def answers(self, *statuses: int, secret: str = "") -> None:
        """Answer so from now on."""
        hook = {"secrets": [secret or self.made["secret"]], "answers": statuses}
        path = f"/hooks/{self.customer}"
        self._subscriber.http.put(path, json=hook).raise_for_status()

    @contextmanager
    def answering(self, **switches: Any) -> Iterator[None]:
        """Answer the next webhook so, whatever it is."""
        where, body = "/admin/behaviour", {"answer_next": 1, **switches}
        self._subscriber.http.put(where, json=body).raise_for_status()
        try:
            yield
        finally:
            self._subscriber.http.put(where, json={}).raise_for_status()

    @property
    def received(self) -> list[dict[str, Any]]:
        found = self._subscriber.http.get(f"/hooks/{self.customer}").json()["received"]
        return list(found)

    def ask(self, method: str, path: str = "", **query: str) -> Any:
        mine = {"customer_id": self.customer, **query}
        return self._api.request(method, f"/webhooks/{self.made['id']}{path}", params=mine).json()

    @property
    def log(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("GET", "/deliveries")["data"]
        return found


@pytest.fixture
def hook(subscriber: Simulator, api: httpx.Client, customer: str, pool: asyncpg.Pool) -> Hook:
    return Hook(subscriber, api, customer)


async def tell(pool: asyncpg.Pool, *told: Told) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await write_deliveries(connection, told)


@asynccontextmanager
async def delivered_by(pool: asyncpg.Pool, sealer: Sealer) -> AsyncIterator[None]:
    """Webhooks are sent for as long as the block lasts."""
    async with open_client("") as http:
        sending = Delivering(pool, Sender(http, Targets(private=True)), sealer)
        running = asyncio.create_task(sending.run())
        try:
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def state(pool: asyncpg.Pool, *statuses: str) -> bool:
    rows = await pool.fetch("SELECT status FROM webhook_deliveries ORDER BY number")
    return [row["status"] for row in rows] == list(statuses)


async def test_a_change_is_told_once_to_each_of_its_customers_systems(
    pool: asyncpg.Pool, api: httpx.Client, customer: str
) -> None:
    for who, url in ((customer, "a"), (customer, "b"), (f"{customer}-other", "c")):
        subscribe(api, who, f"https://shop.example.com/{url}")
    told = Told(change(customer), 4)
    await tell(pool, told, Told(change(f"{customer}-nobody"), 4))
    await tell(pool, told)  # heard again
    rows = await pool.fetch("SELECT DISTINCT id FROM webhook_deliveries WHERE sequence = 4")
    assert len(rows) == 2
    await tell(pool, Told(change(customer), 5))
    assert await pool.fetchval("SELECT count(*) FROM webhook_deliveries") == 4


async def test_a_webhook_arrives_signed_and_says_what_changed(
    pool: asyncpg.Pool, sealer: Sealer, hook: Hook
) -> None:
    async with delivered_by(pool, sealer):
        await tell(pool, Told(change(hook.customer), 4))
        await until("every webhook is as it should be", lambda: state(pool, "delivered"))
    (arrived,) = hook.received
    (logged,) = hook.log
    assert arrived == {
        "webhook_id": logged["id"],
        "verified": True,
        "answered": 204,
        "body": {
            "type": "order.status_changed",
            "timestamp": "2010-12-01T12:00:00Z",
            "data": {
                "order_id": ORDER,
                "sequence": 4,
                "status": "shipped",
                "previous": "reserved",
                "reason": None,
                "tracking_code": "T1",
            },
        },
    }
    assert (logged["attempts"], logged["response_status"], logged["error"]) == (1, 204, None)
    assert logged["finished_at"]
    assert logged["next_try_at"] is None


async def test_what_is_not_taken_is_sent_again_with_the_same_id(
    pool: asyncpg.Pool, sealer: Sealer, hook: Hook
) -> None:
    hook.answers(503, 302)
    async with delivered_by(pool, sealer):
        await tell(pool, Told(change(hook.customer), 4))
        for tries, status in ((1, 503), (2, 302)):
            await until("the webhooks have come", lambda n=tries: len(hook.received) == n)
            (logged,) = await until(
                "it is logged", lambda n=tries: [one for one in hook.log if one["attempts"] == n]
            )
            assert (logged["response_status"], logged["status"]) == (status, "pending")
            assert logged["next_try_at"] > datetime.now(UTC).isoformat()
            await pool.execute(DUE_NOW)
        await until("every webhook is as it should be", lambda: state(pool, "delivered"))
    assert len({one["webhook_id"] for one in hook.received}) == 1
    assert hook.log[0]["attempts"] == 3


@pytest.mark.parametrize(
    ("status", "retry_after", "least_s"),
    [(429, "3600", 3500), (503, "3600", 3500), (429, "x", 0), (500, "3600", 0), (404, "3600", 0)],
)
async def test_a_receiver_that_says_when_to_come_back_is_left_alone_until_then(
    pool: asyncpg.Pool,
    sealer: Sealer,
    hook: Hook,
    *,
    status: int,
    retry_after: str,
    least_s: int,
) -> None:
    with hook.answering(answer_status=status, answer_retry_after=retry_after):
        async with delivered_by(pool, sealer):
            await tell(pool, Told(change(hook.customer), 4))
            row = await until("it has been tried", lambda: _tried(pool, 1))
    assert (row["status"], row["response_status"]) == ("pending", status)
    wait = "SELECT extract(epoch FROM due_at - now()) FROM webhook_deliveries"
    assert least_s < await pool.fetchval(wait) < least_s + 110


@pytest.mark.parametrize("body", ["garbage", "empty", "truncated", "too_large", "wrong_type"])
async def test_what_a_receiver_says_besides_its_status_is_not_read(
    pool: asyncpg.Pool, sealer: Sealer, hook: Hook, body: str
) -> None:
    with hook.answering(answer_status=200, answer_body=body):
        async with delivered_by(pool, sealer):
            await tell(pool, Told(change(hook.customer), 4))
            await until("every webhook is as it should be", lambda: state(pool, "delivered"))


async def test_a_receiver_that_is_away_is_tried_for_a_day_and_then_given_up(
    pool: asyncpg.Pool, sealer: Sealer, api: httpx.Client, customer: str
) -> None:
    subscribe(api, customer, "http://127.0.0.1:1/")
    async with delivered_by(pool, sealer):
        await tell(pool, Told(change(customer), 4))
        for tries in range(1, TRIES + 1):
            row = await until("it has been tried", lambda n=tries: _tried(pool, n))
            assert row["status"] == ("failed" if tries == TRIES else "pending")
            assert "ConnectError" in row["error"]
            await pool.execute(DUE_NOW)


@pytest.mark.parametrize("url", ["http://shop..example.com/", "http://shop.invalid/"])
async def test_what_cannot_be_sent_at_all_counts_as_a_try(
    pool: asyncpg.Pool,
    sealer: Sealer,
    api: httpx.Client,
    customer: str,
    *,
    url: str,
) -> None:
    subscribe(api, customer, url)
    async with delivered_by(pool, sealer):
        await tell(pool, Told(change(customer), 4))
        row = await until("it has been tried", lambda: _tried(pool, 1))
    assert row["error"]
    assert row["status"] == "pending"


async def test_a_secret_that_cannot_be_opened_counts_as_a_try(
    pool: asyncpg.Pool, sealer: Sealer, hook: Hook
) -> None:
    await pool.execute("UPDATE webhook_subscriptions SET secret = 'another-key:c2VhbGVk'")
    async with delivered_by(pool, sealer):
        await tell(pool, Told(change(hook.customer), 4))
        row = await until("it has been tried", lambda: _tried(pool, 1))
    assert row["error"] == "CannotUnsealError"
    assert hook.received == []


async def _tried(pool: asyncpg.Pool, times: int) -> asyncpg.Record | None:
    row = await pool.fetchrow(LATEST)
    return row if row is not None and row["attempts"] == times else None


def test_delays_grow_and_last_for_a_day() -> None:
    assert list(DELAYS_S) == sorted(set(DELAYS_S))
    assert 23 <= sum(DELAYS_S) / 3600 <= 25
    waits = [delay_s(tries) for tries in range(1, TRIES + 1)]
    assert waits[-1] is None
    for wait, delay in zip(waits, DELAYS_S, strict=False):
        assert wait is not None
        assert 0.9 * delay <= wait <= 1.1 * delay


async def test_a_receiver_that_is_gone_ends_its_subscription(
    pool: asyncpg.Pool, sealer: Sealer, hook: Hook
) -> None:
    hook.answers(503, 410)
    async with delivered_by(pool, sealer):
        await tell(pool, Told(change(hook.customer), 4))
        await until("it has been tried", lambda: hook.log[0]["attempts"] == 1)
        await tell(pool, Told(change(hook.customer), 5))
        await until("every webhook is as it should be", lambda: state(pool, "dropped", "dropped"))
    assert hook.ask("GET")["status"] == "disabled"
    await tell(pool, Told(change(hook.customer), 6))
    assert len(hook.log) == 2


async def test_while_secrets_change_the_previous_one_is_believed(
    pool: asyncpg.Pool, sealer: Sealer, hook: Hook
) -> None:
    new = hook.ask("POST", "/rotate")["secret"]
    async with delivered_by(pool, sealer):
        await tell(pool, Told(change(hook.customer), 4))
        await until("every webhook is as it should be", lambda: state(pool, "delivered"))
        hook.answers(secret=new)
        await tell(pool, Told(change(hook.customer), 5))
        await until(
            "every webhook is as it should be", lambda: state(pool, "delivered", "delivered")
        )
        hook.answers()  # believes the old one alone again, a day later
        await pool.execute("UPDATE webhook_subscriptions SET previous_until = now()")
        await tell(pool, Told(change(hook.customer), 6))
        await until("the webhooks have come", lambda: len(hook.received) == 3)
    assert [one["verified"] for one in hook.received] == [True, True, False]


async def test_what_a_dead_process_had_in_hand_is_sent_when_its_lease_is_over(
    pool: asyncpg.Pool, sealer: Sealer, hook: Hook
) -> None:
    await tell(pool, Told(change(hook.customer), 4))
    assert len(await delivering.claim(pool, 5, [])) == 1
    assert await delivering.claim(pool, 5, []) == []  # it is the other's
    await pool.execute(DUE_NOW)
    async with delivered_by(pool, sealer):
        await until("every webhook is as it should be", lambda: state(pool, "delivered"))
    assert len(hook.received) == 1


async def test_two_processes_send_each_webhook_once(
    pool: asyncpg.Pool, sealer: Sealer, hook: Hook
) -> None:
    await tell(pool, *(Told(change(hook.customer), number) for number in range(1, 41)))
    async with delivered_by(pool, sealer), delivered_by(pool, sealer):
        await until("every webhook is as it should be", lambda: state(pool, *["delivered"] * 40))
    sequences = [one["body"]["data"]["sequence"] for one in hook.received]
    assert sorted(sequences) == list(range(1, 41))


async def test_a_receiver_that_never_answers_does_not_hold_up_the_others(
    pool: asyncpg.Pool,
    sealer: Sealer,
    hook: Hook,
    api: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "TRY_S", 600)  # nobody is given up while others wait

    async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(keep_silent, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    other = f"{hook.customer}-other"
    subscribe(api, other, f"http://127.0.0.1:{port}/")
    await tell(pool, *(Told(change(other), number) for number in range(1, 101)))
    await tell(pool, Told(change(hook.customer), 4))
    async with delivered_by(pool, sealer):
        await until("the webhooks have come", lambda: len(hook.received) == 1)
    silent.close()


async def test_what_is_removed_meanwhile_is_not_told(
    pool: asyncpg.Pool, sealer: Sealer, hook: Hook
) -> None:
    """The row of the subscription is locked: neither side trips over the other."""
    async with pool.acquire() as connection, connection.transaction():
        await write_deliveries(connection, [Told(change(hook.customer), 4)])
        removing = asyncio.create_task(pool.execute("DELETE FROM webhook_subscriptions"))
        await until("the removal waits", lambda: waiting_for_locks(pool))
    await removing
    assert await pool.fetchval("SELECT count(*) FROM webhook_deliveries") == 0
    await tell(pool, Told(change(hook.customer), 5))
    assert await pool.fetchval("SELECT count(*) FROM webhook_deliveries") == 0


async def test_the_log_forgets_what_ended_long_ago(pool: asyncpg.Pool, hook: Hook) -> None:
    await tell(pool, *(Told(change(hook.customer), number) for number in (1, 2, 3)))
    ended = "UPDATE webhook_deliveries SET finished_at = now() - make_interval(days => $1) WHERE sequence = $2"
    await pool.execute(ended, 31, 1)
    await pool.execute(ended, 29, 2)
    await pool.execute(PURGE, 30, 100)
    assert [one["sequence"] for one in hook.log] == [3, 2]


async def test_the_log_is_read_page_by_page(pool: asyncpg.Pool, hook: Hook) -> None:
    await tell(pool, *(Told(change(hook.customer), number) for number in range(1, 6)))
    seen: list[int] = []
    cursor: dict[str, str] = {}
    more = True
    while more:
        page = hook.ask("GET", "/deliveries", limit="2", **cursor)
        seen += [one["sequence"] for one in page["data"]]
        cursor, more = {"starting_after": str(page["next_cursor"])}, page["has_more"]
    assert seen == [5, 4, 3, 2, 1]


def test_a_body_holds_no_personal_data() -> None:
    told = json.loads(Told(change("cus_1"), 1).body)
    assert set(told["data"]) == {
        "order_id",
        "sequence",
        "status",
        "previous",
        "reason",
        "tracking_code",
    }
