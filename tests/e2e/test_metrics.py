"""Every process tells its numbers, none of them names an order, and a real fault raises an alert."""

import json
import time
from collections.abc import Sequence

import pytest
from e2e.asking import command_line
from e2e.faults import stopped
from e2e.planted import CUSTOMER, PLANTED
from e2e.shop import Shop
from orderstream.metrics.judging import Judge, Raised, Sample
from orderstream.metrics.reading import read_all
from testkit.waiting import until

pytestmark = pytest.mark.system
SERVICES = ("order", "payment", "inventory", "shipping", "notifier", "analytics")


async def read(shop: Shop) -> list[Sample]:
    return await read_all(shop.http, shop.system.processes)


def total(samples: Sequence[Sample], name: str, **labels: str) -> float:
    wanted = labels.items()
    return sum(one.value for one in samples if one.name == name and wanted <= one.labels.items())


async def test_every_process_tells_what_it_did_and_names_no_order(shop: Shop) -> None:
    before = await read(shop)
    sku = shop.product()
    order_id = await shop.place(CUSTOMER, sku=sku)
    await shop.end(order_id, CUSTOMER)

    def grown(samples: Sequence[Sample], name: str, **labels: str) -> float:
        return total(samples, name, **labels) - total(before, name, **labels)

    async def all_have_handled() -> list[Sample] | None:
        now = await read(shop)
        handled = "orderstream_hop_seconds_count"
        told = [grown(now, handled, service=f"{one}-worker", part="linger") for one in SERVICES]
        answer = all(one.value for one in now if one.name == "up")
        return now if answer and all(told) else None

    now = await until("every process answers, and every worker has told of it", all_have_handled)
    assert grown(now, "orderstream_order_seconds_count", outcome="completed") >= 1
    assert grown(now, "orderstream_command_tries_total", outcome="answered") >= 3
    told = json.dumps([one.labels for one in now])
    assert not [name for name in (order_id, CUSTOMER, sku, *PLANTED.values()) if name in told]


@pytest.mark.alone
async def test_a_provider_that_is_away_raises_an_alert_until_it_is_back(shop: Shop) -> None:
    judge = Judge()

    async def raised() -> dict[str, Raised]:
        found = judge.judge(await read(shop), time.monotonic())
        return {one.alert.name: one for one in found if one.fires}

    async def fires() -> Raised | None:
        return (await raised()).get("CommandsPending")

    async with stopped(shop.system, "psp"):
        order_id = await shop.place()
        alert = await until("the alert fires", fires)
        shown = await command_line(shop)("metrics", "--json")
        assert shown.exit_code in {0, 1}, shown.output
    assert alert.labels == {"service": "payment-worker", "kind": "AuthorizePayment"}
    assert "CommandsPending" in {one["alert"] for one in json.loads(shown.stdout)["alerts"]}
    await shop.end(order_id)

    async def is_over() -> bool:
        return "CommandsPending" not in await raised()

    await until("the alert is over", is_over)
