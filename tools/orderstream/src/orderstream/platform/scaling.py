"""Changes how many instances of a service run, while orders are on their way."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from orderstream.platform.changing import only_change
from orderstream.platform.failure import StepFailedError
from orderstream.platform.groups import Group, read_group
from orderstream.platform.listing import write_listings
from orderstream.platform.ports import check_free
from orderstream.platform.process import Layer, Process
from orderstream.platform.roles import instance
from orderstream.platform.running import System, running
from orderstream.platform.settings import Settings
from orderstream.platform.steps import Steps
from orderstream.platform.stopping import stop
from orderstream.platform.supervisor import Supervisor
from orderstream.platform.watching import wait_ready

POLL_SECONDS = 0.25


ANSWERING = ("gateway", "order-api", "inventory-api")
"""What answers questions and may do so several times; a worker goes by the name of its service."""


class CannotScaleError(ValueError):
    """Nothing of that name can be scaled in the running system."""


async def scale(
    state_dir: Path, name: str, count: int, *, steps: Steps | None = None
) -> Group | None:
    """Let there be `count` instances: of a service's worker (`payment`), or of one of `ANSWERING`.

    Workers share the partitions of their service: return who holds what. What answers questions is
    ready, and listed for the gateway, when this returns.

    Those with the highest numbers leave, in order: what they had begun they finish. Who comes gets
    its configuration from the first. It lasts until the system is stopped.

    Raises:
        NotUpError: nothing runs in the state folder.
        CannotScaleError: there is nothing of that name; the message names what there is.
        ChangeUnderWayError, PortInUseError: before anything was changed.
        StepFailedError: somebody is not ready, or has not left, in the time of a step.
    """
    system, steps = running(state_dir), steps or Steps()
    with only_change(system.folders):
        system = running(state_dir)
        there = _instances(system, name)
        known = {one.name: one for one in there}
        wanted = [instance(there[0], number) for number in range(1, count + 1)]
        wanted = [known.get(one.name, one) for one in wanted]
        come = [one for one in wanted if one not in there]
        go = [one for one in there if one not in wanted]
        check_free({port: name for one in come for port, name in one.ports.items()})
        supervisor = Supervisor(system.folders)
        write_listings(system.folders, [one for one in system.processes if one not in go])
        if go:
            with steps.step(f"stopped: {_names(go)}"):
                await stop(supervisor, [one.name for one in go])
        system = _with(system, there, wanted)
        supervisor.change(system.processes)
        system.save()
        if come:
            with steps.step(f"ready: {_names(come)}"):
                await _start(system, supervisor, come)
            write_listings(system.folders, system.processes)
        if there[0].layer is not Layer.WORKERS:
            return None
        with steps.step(f"partitions shared by {count}"):
            return await _settled(system.settings, name, count)


async def _start(system: System, supervisor: Supervisor, processes: Sequence[Process]) -> None:
    for one in processes:
        supervisor.start_process(one.name)
    await asyncio.gather(*(wait_ready(system, one) for one in processes))


async def _settled(settings: Settings, service: str, count: int) -> Group:
    """Wait until the group consists of so many members, each of which knows what it holds."""
    try:
        async with asyncio.timeout(settings.start_seconds):
            while True:
                group = await _look(settings.kafka_bootstrap, service)
                if group is not None and group.is_settled(count):
                    return group
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        reason = f"its group is not {count} members after {settings.start_seconds:g} s"
        raise StepFailedError(service, reason) from None


async def _look(bootstrap: str, service: str) -> Group | None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        return await read_group(admin, service)
    except KafkaError:
        return None
    finally:
        await admin.close()


def _instances(system: System, name: str) -> list[Process]:
    found: dict[str, list[Process]] = {}
    for one in system.processes:
        if one.layer is Layer.WORKERS:
            found.setdefault(str(one.service), []).append(one)
        elif one.first_name in ANSWERING:
            found.setdefault(one.first_name, []).append(one)
    if name not in found:
        raise CannotScaleError(
            f"nothing called {name} can be scaled; there are: {', '.join(found)}"
        )
    return found[name]


def _with(system: System, there: Sequence[Process], wanted: Sequence[Process]) -> System:
    """The system with other workers in the place of those that are there."""
    place = system.processes.index(there[0])
    others = [one for one in system.processes if one not in there]
    return System(system.settings, (*others[:place], *wanted, *others[place:]))


def _names(processes: Sequence[Process]) -> str:
    return ", ".join(one.name for one in processes)
