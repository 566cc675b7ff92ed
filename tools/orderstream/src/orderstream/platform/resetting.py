"""Makes a running system as new in place: no orders, and the stock of its first day."""

import asyncio
from pathlib import Path

from orderstream.platform.changing import only_change
from orderstream.platform.emptying import delete_topics, empty_database, forget_books
from orderstream.platform.failure import StepFailedError
from orderstream.platform.process import Layer
from orderstream.platform.roles import DATABASES
from orderstream.platform.running import System, running
from orderstream.platform.starting import Start
from orderstream.platform.steps import Steps
from orderstream.platform.stopping import stop
from orderstream.platform.supervisor import Supervisor
from orderstream.platform.topics import create_topics
from orderstream.platform.watching import wait_ready


async def reset(state_dir: Path, *, steps: Steps | None = None) -> System:
    """Forget every order, mail and payment, and fill the shelves; return the system, ready.

    Everything but the stores is stopped meanwhile, the world outside too: nothing that was on its
    way can arrive afterwards. A reset that was cut short is completed by the next one.

    Raises:
        NotUpError: nothing runs in the state folder.
        ChangeUnderWayError: somebody is starting, scaling or resetting it.
        StepFailedError: a store does not answer, before anything was changed; or a process is not
            ready in time.
    """
    system, steps = running(state_dir), steps or Steps()
    with only_change(system.folders):
        system = running(state_dir)
        stores = [one for one in system.processes if one.layer is Layer.INFRASTRUCTURE]
        others = [one.name for one in system.processes if one not in stores]
        await asyncio.gather(*(wait_ready(system, store) for store in stores))
        with steps.step("services stopped"):
            await stop(Supervisor(system.folders), others)
        with steps.step("databases, topics and books emptied"):
            await _empty(system)
        await Start(system, steps).services()
    return system


async def _empty(system: System) -> None:
    services = {one.service for one in system.processes if one.service} & DATABASES.keys()
    try:
        async with asyncio.timeout(system.settings.start_seconds), asyncio.TaskGroup() as tasks:
            for service in services:
                tasks.create_task(empty_database(system.settings, DATABASES[service]))
            tasks.create_task(_empty_topics(system))
            tasks.create_task(asyncio.to_thread(forget_books, system.folders))
    except TimeoutError:
        reason = f"databases and topics are not empty after {system.settings.start_seconds:g} s"
        raise StepFailedError("reset", reason) from None


async def _empty_topics(system: System) -> None:
    await delete_topics(system.settings)
    await create_topics(system.settings)
