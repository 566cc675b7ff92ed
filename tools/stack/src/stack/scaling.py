"""Changes how many instances of a service run, while orders are on their way, and says who holds what."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import KafkaError
from events import CHANGELOGS

from stack.errors import StackError
from stack.folders import only_change
from stack.health import wait_ready
from stack.hints import program
from stack.ports import claim, is_free
from stack.process import Layer, Process
from stack.roles import instance
from stack.settings import Settings
from stack.steps import StepFailedError, Steps
from stack.stopping import stop
from stack.supervisor import Supervisor
from stack.system import System, running
from stack.topics import open_admin
from stack.topology import write_listings

STABLE = "Stable"
OWN_STATE = frozenset(topic.name for topic in CHANGELOGS)


@dataclass(frozen=True, slots=True)
class Member:
    """One worker in a group, by the name that it gives itself: `payment-2`.

    A changelog's partition comes with the one that it is about; that is nothing more to consume.
    """

    name: str
    holds: Sequence[TopicPartition]


@dataclass(frozen=True, slots=True)
class Group:
    """A consumer group; while its members come and go it is not stable, and none of them holds anything."""

    state: str
    members: Sequence[Member]

    def is_settled(self, count: int) -> bool:
        """Return whether exactly so many members share the partitions."""
        return self.state == STABLE and len(self.members) == count


async def read_group(admin: AIOKafkaAdminClient, name: str) -> Group:
    """Return the group of a service as its coordinator sees it now.

    Raises:
        KafkaError: the broker does not answer, or is not the coordinator any more.
    """
    (response,) = await admin.describe_consumer_groups([name])
    ((_, _, state, _, _, members, *_),) = response.groups
    return Group(state, sorted((_member(*one) for one in members), key=lambda one: one.name))


def _member(
    _id: str, name: str, _host: str, _metadata: bytes, assignment: bytes, *_: object
) -> Member:
    if not assignment:
        return Member(name, ())
    places = ConsumerProtocolMemberAssignment.decode(assignment).partitions()
    return Member(name, [place for place in places if place.topic not in OWN_STATE])


POLL_SECONDS = 0.25


ANSWERING = ("gateway", "order-api", "inventory-api")
"""What answers questions and may do so several times; a worker goes by the name of its service."""


class CannotScaleError(StackError):
    """Nothing of that name can be scaled in the running system."""


async def scale(
    state_dir: Path, name: str, count: int, *, steps: Steps | None = None
) -> Group | None:
    """Let there be `count` instances: of a service's worker (`payment`), or of one of `ANSWERING`.

    Workers share the partitions of their service: return who holds what. What answers questions is
    ready, and listed for the gateway, when this returns.

    Those with the highest numbers leave, in order: what they had begun they finish. A new one
    gets its configuration from the first. It lasts until the system is stopped.

    Raises:
        NotUpError: nothing runs in the state folder.
        CannotScaleError: there is nothing of that name, or one that shall stay does not run; the
            message says what to do.
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
        _require_running(system, [one for one in there if one in wanted])
        await claim({port: name for one in come for port, name in one.ports.items()}, steps)
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


def _require_running(system: System, stay: Sequence[Process]) -> None:
    """Of those that stay each has to run, or its place to be taken: else their number is never reached."""
    states = system.states()
    for one in stay:
        if states[one.name].pid is None and is_free(one.port):
            raise CannotScaleError(
                f"{one.name} does not run, and no other has taken its place. If it was detached, start "
                f"your own, or give it back: {program()} detach {one.name} --back. "
                f"Then scale {one.first_name.removesuffix('-worker')}."
            )


async def _start(system: System, supervisor: Supervisor, processes: Sequence[Process]) -> None:
    supervisor.start_process(*(one.name for one in processes))
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
    try:
        async with open_admin(bootstrap) as admin:
            return await read_group(admin, service)
    except KafkaError:
        return None


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
    """Return the system with other workers in the place of those that are there."""
    place = system.processes.index(there[0])
    others = [one for one in system.processes if one not in there]
    return System(system.settings, (*others[:place], *wanted, *others[place:]))


def _names(processes: Sequence[Process]) -> str:
    return ", ".join(one.name for one in processes)
