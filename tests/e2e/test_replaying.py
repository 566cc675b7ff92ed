"""Orders rebuilt from the topics are the live ones, and rebuilding them moves nothing."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from e2e.asking import Ended, run_program
from e2e.faults import replaced, stopped
from e2e.shelves import UNITS
from e2e.shop import Shop
from events import CHANGELOGS
from events.topics import DASHBOARD_UPDATES
from stack import connect
from stack.topics import read_contents
from testkit.waiting import until

pytestmark = pytest.mark.system
WORKERS = ("order-worker", "order-worker-2")
SOON = {"DEADLINE_S": "1"}
OUTSIDE = {
    "psp": ("/books", "/books/summary"),
    "carrier": ("/books", "/books/summary"),
    "postbox": ("/api/v1/messages?limit=1000",),
}
BY_THE_CLOCK = {DASHBOARD_UPDATES.name, *(topic.name for topic in CHANGELOGS)}
"""Topics of windows, which are closed when their time is over, whether or not anything happens."""
SCRATCH = "SELECT datname FROM pg_database WHERE datname LIKE 'orders_replay_%'"


async def place_one_of_each(shop: Shop) -> list[str]:
    """Orders that end in every way there is."""
    order_ids = [
        await shop.place(),
        await shop.place(token="tok_declined"),
        await shop.place(sku=shop.product(), quantity=UNITS + 1),
        await shop.place(name="UNDELIVERABLE Tester"),
        await place_and_cancel(shop),
        *await shop.place_many(30),
    ]
    await shop.all_ended(order_ids)
    async with stopped(shop.system, WORKERS[1]), replaced(shop.system, {WORKERS[0]: SOON}):
        return [*order_ids, await place_overdue(shop)]


async def place_overdue(shop: Shop) -> str:
    """An order whose time is up before the carrier has its parcel, however busy the machine."""
    async with stopped(shop.system, "carrier"):
        order_id = await shop.place()

        async def is_overdue() -> bool:
            return await shop.status(order_id) == "cancelling"

        await until("the order is overdue", is_overdue)
    assert (await shop.end(order_id))["reason"] == "overdue"
    return order_id


async def place_and_cancel(shop: Shop) -> str:
    order_id = await shop.place(token="tok_slow")
    await shop.client.cancel(
        order_id, "cus_1"
    )  # at once: a busy machine may be late with what follows
    return order_id


async def outside(shop: Shop) -> dict[str, Any]:
    """Everything that the world outside has in its books."""
    return {
        f"{name}{path}": (await shop.http.get(shop.system.url(name) + path)).json()
        for name, paths in OUTSIDE.items()
        for path in paths
    }


async def topics(shop: Shop) -> dict[str, int]:
    """How many records each topic has that only orders move."""
    contents = await read_contents(shop.system.settings.kafka_bootstrap)
    return {topic.name: topic.records for topic in contents if topic.name not in BY_THE_CLOCK}


async def groups(shop: Shop) -> dict[str, set[str]]:
    """The consumer groups that have ever acknowledged anything, by topic."""
    contents = await read_contents(shop.system.settings.kafka_bootstrap)
    return {topic.name: set(topic.lag) for topic in contents}


async def replay(shop: Shop, *arguments: str) -> Ended:
    return await run_program(shop, "-m", "orderstream", "replay", *arguments)


async def replayed(shop: Shop, *arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the report."""
    result = await replay(shop, "--json", *arguments)
    assert result.stdout, result.stderr
    return result.exit_code, json.loads(result.stdout)


@pytest.mark.alone
async def test_rebuilt_orders_are_the_live_ones_and_nothing_moves(shop: Shop) -> None:
    order_ids = await place_one_of_each(shop)
    await shop.quiet()
    before = await outside(shop), await topics(shop), await groups(shop)
    code, report = await replayed(shop)
    assert (code, report["differences"], report["in_flight"], report["failures"]) == (0, [], [], [])
    assert report["identical"] >= len(order_ids)
    assert (await outside(shop), await topics(shop), await groups(shop)) == before
    assert await shop.books.ask("postgres", SCRATCH) is None, "the database is dropped"


@pytest.mark.alone
async def test_what_live_has_wrong_is_reported_field_by_field(shop: Shop) -> None:
    right, wrong, lost = [await shop.place() for _ in range(3)]
    await shop.all_ended([right, wrong, lost])
    await shop.quiet()
    database = await connect(shop.system.settings, "orders")
    try:
        await database.execute(
            "UPDATE orders SET stock = 'reserved', status = 'shipped' WHERE order_id = $1", wrong
        )
        await database.execute("UPDATE orders SET status = NULL WHERE order_id = $1", lost)
        code, report = await replayed(shop)
        found = {(one["order_id"], one["field"]): one for one in report["differences"]}
        assert code == 1
        assert set(found) == {(wrong, "status"), (wrong, "stock"), (lost, "the order")}
        assert found[wrong, "stock"]["live"] == "reserved"
        assert found[wrong, "stock"]["rebuilt"] == "committed"
        report_ = await replay(shop, "--order", right)
        assert (report_.exit_code, "identical: 1" in report_.stdout) == (0, True), report_.stderr
        report_ = await replay(shop, "--order", wrong)
        assert (report_.exit_code, "differing: 1" in report_.stdout) == (1, True), report_.stderr
    finally:
        await database.execute(
            "UPDATE orders SET stock = 'committed', status = 'completed' WHERE order_id = ANY($1)",
            [wrong, lost],
        )
        await database.close()


@pytest.mark.alone
async def test_orders_that_move_meanwhile_are_distinguished(shop: Shop) -> None:
    async with stopped(shop.system, *WORKERS):
        unhandled = await shop.place()
        code, report = await replayed(shop)
        assert (code, report["in_flight"]) == (0, [unhandled])
    await shop.end(unhandled)


@pytest.mark.alone
async def test_only_orders_of_a_time_are_rebuilt_and_the_others_are_counted(shop: Shop) -> None:
    early = await shop.place()
    await shop.end(early)
    noon = datetime.now(UTC)
    late = [await shop.place() for _ in range(3)]
    await shop.all_ended(late)
    await shop.quiet()
    code, report = await replayed(shop, "--from", noon.isoformat())
    assert (code, report["identical"]) == (0, len(late))
    assert report["before"] >= 1
    code, until = await replayed(shop, "--until", noon.isoformat())
    assert (code, until["identical"]) == (0, report["before"])


@pytest.mark.alone
async def test_a_rebuilt_database_that_is_kept_holds_nothing_that_could_still_be_reported(
    shop: Shop,
) -> None:
    order_id = await shop.place()
    await shop.end(order_id)
    await shop.quiet()
    _, report = await replayed(shop, "--order", order_id, "--keep")
    kept = report["kept"]
    try:
        status = "SELECT status FROM orders WHERE order_id = $1"
        assert await shop.books.ask(kept, status, order_id) == "completed"
        assert await shop.books.ask(kept, "SELECT count(*) FROM outbox") == 0
    finally:
        database = await connect(shop.system.settings)
        await database.execute(f"DROP DATABASE {kept} WITH (FORCE)")
        await database.execute(f"DROP ROLE {kept}")
        await database.close()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["payment"], "payment cannot be replayed: it acts on the world"),
        (["paymnt"], "no service is called paymnt; only order can be replayed"),
        (["--from", "noon"], "--from 'noon' is no time. A time such as 2026-"),
        (["--from", "2026-03-01", "--order", "last"], "Give either --order or --from"),
    ],
)
async def test_what_cannot_be_replayed_is_reported_in_plain_words(
    shop: Shop, arguments: list[str], error: str
) -> None:
    result = await replay(shop, *arguments)
    assert result.exit_code == 1
    assert error in result.stderr
