"""One rebuild: a database beside the live one, the order service's replay into it, the comparison."""

from orderstream.platform import DATABASES, Steps, System
from orderstream.platform.one_off import run_once
from orderstream.rebuilding.comparing import Report, compare
from orderstream.rebuilding.orders import read_orders
from orderstream.rebuilding.scratch import scratch_database
from orderstream.rebuilding.selection import Selection
from orderstream.rebuilding.topics import read_ends, read_handled, read_moving, read_oldest

SERVICE = "order"


async def rebuild(
    system: System, selection: Selection, steps: Steps, *, keep: bool = False
) -> Report:
    """Rebuild the selected orders and compare them with the live ones.

    What is read first is older than what is read later, so that an order that differs only because
    it moved meanwhile is found among those of which something was said since.

    Raises:
        StepFailedError: the order service cannot be replayed; its log says why.
        KafkaError, CannotAuditError: the broker does not answer.
    """
    settings = system.settings
    bootstrap = settings.kafka_bootstrap
    async with scratch_database(settings, SERVICE, keep=keep) as scratch:
        environment = {"DATABASE_URL": settings.database_url(scratch)}
        ends = await read_ends(bootstrap)
        with steps.step(f"{scratch} created"):
            await run_once(settings, SERVICE, "migrate", environment=environment)
        with steps.step("orders replayed"):
            told = environment | selection.environment()
            await run_once(settings, SERVICE, "replay", environment=told)
        handled = await read_handled(bootstrap, ends)
        live = await read_orders(settings, DATABASES[SERVICE], selection)
        rebuilt = await read_orders(settings, scratch, selection)
        return compare(
            live,
            rebuilt,
            moving=await read_moving(bootstrap, handled),
            held_since=await read_oldest(bootstrap),
            kept=scratch if keep else None,
        )
