"""The world outside is unavailable, slow, wrong or silent; in the end its books and ours must agree."""

from contextlib import AsyncExitStack

import pytest
from e2e.faults import replaced, stopped
from e2e.outside import EVERY, misbehaving
from e2e.shop import Shop
from faults.load import Load
from testkit.waiting import until

pytestmark = pytest.mark.system
SOON = {"DEADLINE_S": "2"}
MEANWHILE = 30
OVERDUE = (
    "SELECT count(*) FROM orders WHERE order_id = ANY($1) AND (overdue OR final_at IS NOT NULL)"
)
REASONS = "SELECT array_agg(DISTINCT coalesce(reason, status)) FROM orders WHERE order_id = ANY($1)"
UNSENT = "SELECT count(*) FROM commands WHERE kind = 'SendMail' AND attempts > 0"

TROUBLE = {
    "answers 500": {"error_next": EVERY},
    "hangs up before it acts": {"drop_next": EVERY},
    "acts and hangs up": {"lose_answer_next": EVERY},
    "is slow": {"latency_ms_min": 2000, "latency_ms_max": 4000},
    "acts after the caller has given up": {"latency_ms_min": 11_000, "latency_ms_max": 12_000},
}
WEBHOOK_TROUBLE = {
    "acts and hangs up, and no webhook comes": {"lose_answer_next": EVERY, "webhook_copies": 0},
    "sends webhooks thrice, late and out of order": {
        "webhook_copies": 3,
        "webhook_delay_ms_max": 5000,
    },
    "loses answers, and its webhooks come thrice, late and out of order": {
        "lose_answer_next": EVERY,
        "webhook_copies": 3,
        "webhook_delay_ms_max": 3000,
    },
}
MAIL_TROUBLE = {
    "says to try again later": {"refuse_next": 40},
    "takes a mail and hangs up": {"lose_answer_next": 10},
    "is slow": {"delay_ms": 2000},
}


@pytest.mark.parametrize("how", [*TROUBLE, *WEBHOOK_TROUBLE])
async def test_the_payment_provider(shop: Shop, trial, how: str) -> None:
    async with (
        trial(shop, f"the payment provider {how}") as running,
        running.fault(),
        misbehaving(shop, "psp", **(TROUBLE | WEBHOOK_TROUBLE)[how]),
    ):
        await orders_go_on(running.load)


@pytest.mark.parametrize("how", TROUBLE)
async def test_the_carrier(shop: Shop, trial, how: str) -> None:
    async with (
        trial(shop, f"the carrier {how}") as running,
        running.fault(),
        misbehaving(shop, "carrier", **TROUBLE[how]),
    ):
        await orders_go_on(running.load)


@pytest.mark.parametrize("how", MAIL_TROUBLE)
async def test_the_mail_server(shop: Shop, trial, how: str) -> None:
    async with (
        trial(shop, f"the mail server {how}") as running,
        running.fault(),
        misbehaving(shop, "postbox", **MAIL_TROUBLE[how]),
    ):
        await orders_go_on(running.load)


async def test_the_mail_server_is_away_and_no_order_waits_for_it(shop: Shop, trial, fires) -> None:
    async with (
        trial(shop, "the mail server is unavailable for a while") as running,
        running.fault(),
        stopped(shop.system, "postbox"),
    ):
        await orders_go_on(running.load)
        await shop.all_ended(list(running.load.accepted))
        await until("mails wait", lambda: shop.books.ask("notifier", UNSENT))
        await fires("CommandsPending", "notifier-worker")


@pytest.mark.parametrize(("name", "process"), [("payment provider", "psp"), ("carrier", "carrier")])
async def test_away_for_longer_than_the_deadline(
    shop: Shop, trial, fires, name: str, process: str
) -> None:
    async with AsyncExitStack() as short_deadlines:
        enter = short_deadlines.enter_async_context
        await enter(stopped(shop.system, "order-worker-2"))
        await enter(replaced(shop.system, {"order-worker": SOON}))
        async with (
            trial(shop, f"the {name} is unavailable for longer than the deadline") as running,
            running.fault(),
            stopped(shop.system, process),
        ):
            began = len(running.load.accepted)
            await orders_go_on(running.load)
            late = running.load.accepted[began:]

            async def time_is_up() -> bool:
                return await shop.books.ask("orders", OVERDUE, late) == len(late)

            await until("each is overdue or has ended", time_is_up)
            await fires("OrdersOverdue", "order-worker")
            await fires("ProcessDown", process)
    reasons = set(await shop.books.ask("orders", REASONS, late))
    assert "overdue" in reasons
    assert reasons <= {"overdue", "by_customer", "payment_declined"}, "one was delivered"
    for order_id in late:
        assert all(not one["amount_received"] for one in await shop.books.intents(order_id))
        assert all(one["status"] == "cancelled" for one in await shop.books.labels(order_id))


async def orders_go_on(load: Load) -> None:
    """Wait until a good number of further orders was accepted."""
    enough = len(load.accepted) + MEANWHILE
    await until("further orders were accepted", lambda: len(load.accepted) >= enough)
