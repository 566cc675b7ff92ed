"""Every neighbour gives every kind of answer: orders end, once and well, or operators handle what is refused."""

import asyncio
from contextlib import AsyncExitStack, nullcontext, suppress
from functools import partial

import pytest
from client import RefusedError
from e2e.outside import misbehaving
from e2e.shop import Shop
from faults.answers import Kind, answered, meanwhile, redrive
from testkit.waiting import until

pytestmark = pytest.mark.system
NEVER: Kind = {"answer_status": 404, "answer_code": "NOT_KNOWN"}
NOT_A_FINAL_NO: tuple[Kind, ...] = (
    {"answer_status": 429, "answer_retry_after": "1"},
    {"answer_status": 500},
    *({"answer_body": body, "answer_status": 200} for body in ("garbage", "too_large", "empty")),
    *({"answer_body": body, "answer_status": 200} for body in ("truncated", "wrong_type")),
    {"answer_body": "wrong_shape", "answer_status": 200},
    {"answer_body": "garbage", "answer_status": 400},
)
ASKED = [
    ("psp", "/payment_intents", "payment", "AuthorizePayment", "to hold money"),
    ("psp", "/capture", "payment", "CapturePayment", "to take it"),
    ("psp", "/cancel", "payment", "VoidPayment", "to let it go"),
    ("carrier", "/shipments", "shipping", "BookParcel", "to take a parcel"),
    ("carrier", "/cancel", "shipping", "CancelBooking", "to give it back"),
]
NAMES = {"psp": "the payment provider", "carrier": "the carrier"}
MAIL_NEVER: tuple[Kind, ...] = (
    {"refuse_code": 554, "refuse_at": "DATA"},
    {"refuse_code": 553, "refuse_at": "MAIL"},
)
MAIL_KINDS: tuple[Kind, ...] = (
    {"refuse_code": 550, "refuse_at": "RCPT"},
    {"refuse_code": 451, "refuse_at": "DATA"},
    *({"refuse_with": words} for words in ("garbage", "too_large", "empty")),
    {"refuse_code": 554, "refuse_at": "EHLO"},
)
HOOK_KINDS: tuple[Kind, ...] = (
    {"answer_status": 404},
    {"answer_status": 429, "answer_retry_after": "6"},
    {"answer_status": 500, "answer_body": "too_large"},
    {"answer_status": 500, "answer_body": "empty"},
    {"answer_body": "truncated", "answer_status": 503},
)
NOT_NOTIFIED = (
    "SELECT count(*) FROM webhook_deliveries WHERE subscription_id = $1 AND status <> 'delivered'"
)
LATE = {"answer_next": 2, "answer_delay_ms": 11_000}


@pytest.mark.parametrize(("simulator", "to", "service", "command", "words"), ASKED)
async def test_a_request_gets_every_answer(
    shop: Shop, trial, *, simulator: str, to: str, service: str, command: str, words: str
) -> None:
    fault = f"{NAMES[simulator]}, asked {words}, gives every answer"
    also = meanwhile(lambda: stopped_order(shop), shop) if to == "/cancel" else nullcontext()
    async with trial(shop, fault) as running, running.fault(), also:
        about = {"answer_to": to}
        await answered(shop, simulator, [{**NEVER, **about}], "answer_next")
        await redrive(shop, service, command)
        kinds = [{**kind, **about} for kind in NOT_A_FINAL_NO]
        await answered(shop, simulator, kinds, "answer_next")


async def stopped_order(shop: Shop) -> str:
    """An order whose parcel is given back, or whose money is let go, or that was too late to stop."""
    order_id = await shop.place(name="SLOW Tester")

    async def is_under_way() -> bool:
        return await shop.status(order_id) not in ("accepted", "authorized")

    await until("the parcel is being booked", is_under_way)
    with suppress(RefusedError):  # it may have been too late
        await shop.client.cancel(order_id, "cus_1")
    return order_id


async def test_the_mail_server(shop: Shop, trial) -> None:
    fault = "the mail server gives every reply at every step"
    async with trial(shop, fault) as running, running.fault():
        await answered(shop, "postbox", MAIL_NEVER, "refuse_next")
        await redrive(shop, "notifier", "SendMail", kinds=len(MAIL_NEVER))
        await answered(shop, "postbox", MAIL_KINDS, "refuse_next")


async def test_a_receiver_of_webhooks(shop: Shop, trial) -> None:
    fault = "a receiver of webhooks gives every answer"
    url = shop.system.url("subscriber") + "/hooks/faults"
    webhook = await shop.client.webhooks.add("cus_1", url)
    (await shop.http.put(url, json={"secrets": [webhook["secret"]]})).raise_for_status()
    try:
        async with trial(shop, fault) as running, running.fault():
            await answered(shop, "subscriber", HOOK_KINDS, "answer_next")

        async def all_are_notified() -> bool:
            return not await shop.books.ask("notifier", NOT_NOTIFIED, webhook["id"])

        await until("every webhook is delivered", all_are_notified)
    finally:
        await shop.client.webhooks.remove("cus_1", webhook["id"])


async def test_answers_that_come_when_nobody_waits_any_more(shop: Shop, trial) -> None:
    fault = "everybody answers when no one waits any more"
    async with (
        trial(shop, fault) as running,
        running.fault(),
        AsyncExitStack() as slow,
    ):
        for simulator in ("psp", "carrier"):
            await slow.enter_async_context(misbehaving(shop, simulator, **LATE))
        await slow.enter_async_context(misbehaving(shop, "postbox", delay_ms=11_000))

        # A failed try is visible until the next one is answered, so not everywhere at one time.
        async with asyncio.TaskGroup() as looking:
            for database in ("payments", "shipping", "notifier"):
                what = f"a try has failed: {database}"
                looking.create_task(until(what, partial(tries, shop, database)))


async def tries(shop: Shop, database: str) -> int:
    return int(await shop.books.ask(database, "SELECT coalesce(sum(attempts), 0) FROM commands"))
