"""Processes that hang until others have taken over from them, and then go on where they stood."""

from contextlib import ExitStack

import psutil
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from e2e.faults import hanging, ready
from e2e.shop import Shop
from messaging.outbound.relay import LEADER_LOCK
from stack import DATABASES
from testkit.waiting import until

pytestmark = pytest.mark.system
SERVICES = ("order", "payment", "inventory", "shipping", "notifier")
LEADER = """
    SELECT client_port FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND objid = $1 AND granted AND datname = current_database()
"""
LEFT_BEHIND = "SELECT count(*) FROM outbox WHERE created_at < now() - interval '3 seconds'"
"""Rows that the leader has found by now, and sent."""


@pytest.mark.parametrize("service", SERVICES)
async def test_a_consumer_hangs_until_its_group_goes_on_without_it(
    shop: Shop, trial, service: str
) -> None:
    one, other = f"{service}-worker", f"{service}-worker-2"
    async with trial(shop, f"{one} hangs") as running, running.fault():
        with hanging(shop.system, one):
            await until("the group goes on without it", lambda: are_members(shop, service, 1))
            await shop.all_ended(list(running.load.accepted))
        await ready(shop.system, one, other)
        await until("it is a member again", lambda: are_members(shop, service, 2))


async def test_the_leading_relay_hangs_with_rows_that_it_has_sent_and_not_deleted(
    shop: Shop, trial
) -> None:
    service = "payment"
    leader = await leading(shop, service)
    async with (
        trial(shop, f"{service}'s leading relay hangs, mid-publish") as running,
        running.fault(),
    ):
        with ExitStack() as until_another_leads:
            with hanging(shop.system, "kafka"):
                await until(
                    "rows are left", lambda: shop.books.ask(DATABASES[service], LEFT_BEHIND)
                )
                until_another_leads.enter_context(hanging(shop.system, leader))

            async def another_leads() -> bool:
                return await leading(shop, service) not in {leader, None}

            await until("another leads", another_leads)
            await shop.all_ended(list(running.load.accepted))
        await ready(shop.system, leader)
        assert await another_leads(), "the zombie leads again, beside or instead of the other"


async def are_members(shop: Shop, service: str, count: int) -> bool:
    """Whether so many instances make up the service's group, all of whom know their partitions."""
    admin = AIOKafkaAdminClient(bootstrap_servers=shop.system.settings.kafka_bootstrap)
    try:
        await admin.start()
        (answer,) = await admin.describe_consumer_groups([service])
    finally:
        await admin.close()
    ((_, _, state, _, _, members, *_),) = answer.groups
    return state == "Stable" and len(members) == count


async def leading(shop: Shop, service: str) -> str | None:
    """The worker whose connection holds the lead of its service's relays."""
    port = await shop.books.ask(DATABASES[service], LEADER, LEADER_LOCK)
    for name, state in shop.system.states().items():
        if name.startswith(f"{service}-worker") and state.pid is not None:
            connections = psutil.Process(state.pid).net_connections("tcp")
            if port in {one.laddr.port for one in connections}:
                return name
    return None
