"""Changes how many instances of a service's worker run, while orders are on their way."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from orderstream.platform.changing import only_change
from orderstream.platform.failure import StepFailedError
from orderstream.platform.groups import Group, read_group
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


class CannotScaleError(ValueError):
    """There is no such service in the running system."""


async def scale(state_dir: Path, service: str, count: int, *, steps: Steps | None = None) -> Group:
    """Let `count` instances of a service's worker share its partitions; return who holds what.

    Those with the highest numbers leave, in order: what they had begun they finish. Who comes gets
    its configuration from the first. It lasts until the system is stopped.

    Raises:
        NotUpError: nothing runs in the state folder.
        CannotScaleError: the service has no worker there; the message names those that have.
        ChangeUnderWayError, PortInUseError: before anything was changed.
        StepFailedError: somebody is not ready, or has not left, in the time of a step.
    """
    system, steps = running(state_dir), steps or Steps()
    with only_change(system.folders):
        system = running(state_dir)
        there = _workers(system, service)
        known = {one.name: one for one in there}
        wanted = [instance(there[0], number) for number in range(1, count + 1)]
        wanted = [known.get(one.name, one) for one in wanted]
        come = [one for one in wanted if one not in there]
        go = [one for one in there if one not in wanted]
        check_free({port: name for one in come for port, name in one.ports.items()})
        supervisor = Supervisor(system.folders)
        if go:
            with steps.step(f"stopped: {_names(go)}"):
                await stop(supervisor, [one.name for one in go])
        system = _with(system, there, wanted)
        supervisor.change(system.processes)
        system.save()
        if come:
            with steps.step(f"ready: {_names(come)}"):
                await _start(system, supervisor, come)
        with steps.step(f"partitions shared by {count}"):
            return await _settled(system.settings, service, count)


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


def _workers(system: System, service: str) -> list[Process]:
    workers = [one for one in system.processes if one.layer is Layer.WORKERS]
    found = [one for one in workers if one.service == service]
    if not found:
        known = ", ".join(dict.fromkeys(str(one.service) for one in workers))
        raise CannotScaleError(f"no service called {service} has a worker; there are: {known}")
    return found


def _with(system: System, there: Sequence[Process], wanted: Sequence[Process]) -> System:
    """The system with other workers in the place of those that are there."""
    place = system.processes.index(there[0])
    others = [one for one in system.processes if one not in there]
    return System(system.settings, (*others[:place], *wanted, *others[place:]))


def _names(processes: Sequence[Process]) -> str:
    return ", ".join(one.name for one in processes)
