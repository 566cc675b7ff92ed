"""Starts the system: stores, databases, topics, migrations, services, until everything is ready."""

import asyncio
import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from orderstream.platform import kafka, postgres
from orderstream.platform.failure import StepFailedError
from orderstream.platform.folders import Folders
from orderstream.platform.kafka_jars import download_jars, jar_folder
from orderstream.platform.one_off import migrate, seed
from orderstream.platform.ports import check_free
from orderstream.platform.process import Layer, Process
from orderstream.platform.running import System, find
from orderstream.platform.settings import Settings
from orderstream.platform.steps import Steps
from orderstream.platform.stopping import down
from orderstream.platform.supervisor import Supervisor
from orderstream.platform.topics import create_topics
from orderstream.platform.topology import DATABASES, STORES, topology
from orderstream.platform.watching import wait_ready, watch


class AlreadyUpError(RuntimeError):
    """A system runs, or is being started, in this state folder."""


async def up(
    settings: Settings,
    processes: Sequence[Process] | None = None,
    *,
    steps: Steps | None = None,
) -> System:
    """Start the processes, by default all of `topology(settings)`, and wait until each is ready.

    Whatever goes wrong, cancellation included, nothing is left running.

    Raises:
        AlreadyUpError: one runs already; it is left as it is.
        PortInUseError: before anything is started.
        StepFailedError: a step failed; the message says which and what its log says last.
    """
    folders = Folders(settings.state_dir)
    folders.create()
    with _only_start(folders):
        if find(folders.state):
            raise AlreadyUpError(f"The system is up already, its state is in {folders.state}.")
        await down(folders.state)  # what a killed supervisor has left
        system = System(settings, tuple(topology(settings) if processes is None else processes))
        check_free({port: name for one in system.processes for port, name in one.ports.items()})
        try:
            await _Start(system, steps or Steps()).run()
        except BaseException as error:
            await down(folders.state)
            raise _first(error) from None
        return system


class _Start:
    """One start. Steps that need nothing of each other run side by side."""

    def __init__(self, system: System, steps: Steps) -> None:
        self._system = system
        self._settings = system.settings
        self._steps = steps
        self._supervisor = Supervisor(system.folders)
        self._services = sorted({one.service for one in system.processes if one.service})

    async def run(self) -> None:
        self._supervisor.start(self._system.processes)
        self._system.save()
        async with asyncio.TaskGroup() as tasks:
            watcher = tasks.create_task(watch(self._system))
            simulators = tasks.create_task(self._layer(Layer.SIMULATORS))
            stores = (tasks.create_task(self._kafka()), tasks.create_task(self._postgres()))
            await asyncio.gather(*stores)
            await asyncio.gather(
                simulators,
                tasks.create_task(self._seed()),
                tasks.create_task(self._layer(Layer.WORKERS)),
                tasks.create_task(self._layer(Layer.APIS)),
            )
            watcher.cancel()

    @property
    def _names(self) -> set[str]:
        return {process.name for process in self._system.processes}

    async def _kafka(self) -> None:
        if "kafka" not in self._names:
            return
        if not jar_folder().exists():
            with self._steps.step("downloading Apache Kafka (45 MB, once)"):
                await asyncio.to_thread(download_jars)
        with self._steps.step("Apache Kafka ready"):
            await asyncio.to_thread(kafka.prepare, self._settings)
            await self._ready("kafka")
        with self._steps.step("topics created"):
            await create_topics(self._settings)

    async def _postgres(self) -> None:
        if "postgres" not in self._names:
            return
        with self._steps.step("PostgreSQL ready"):
            await asyncio.to_thread(postgres.prepare, self._settings)
            await self._ready("postgres")
            for service in self._services:
                await postgres.create_database(self._settings, DATABASES[service])
        if self._services:
            with self._steps.step("databases migrated"):
                await asyncio.gather(*(migrate(self._settings, name) for name in self._services))

    async def _seed(self) -> None:
        if "inventory" in self._services and {*STORES} <= self._names:
            with self._steps.step("catalogue and stock loaded"):
                await seed(self._settings)

    async def _layer(self, layer: Layer) -> None:
        names = [process.name for process in self._system.processes if process.layer is layer]
        if names:
            with self._steps.step(f"{layer} ready: {', '.join(names)}"):
                await asyncio.gather(*(self._ready(name) for name in names))

    async def _ready(self, name: str) -> None:
        self._supervisor.start_process(name)
        await wait_ready(self._system, self._system.process(name))


@contextmanager
def _only_start(folders: Folders) -> Iterator[None]:
    with (folders.state / "start.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyUpError(f"Another start is under way in {folders.state}.") from None
        yield


def _first(error: BaseException) -> BaseException:
    """The failure that made the others stop, out of the group that they came in."""
    while isinstance(error, BaseExceptionGroup):
        told = [one for one in error.exceptions if isinstance(one, StepFailedError)]
        error = next(iter(told), error.exceptions[0])
    return error
