"""The steps of a start. Those that need nothing of each other run side by side."""

import asyncio

from orderstream.platform import postgres
from orderstream.platform.failure import StepFailedError
from orderstream.platform.kafka_config import NAMES as BROKERS
from orderstream.platform.kafka_jars import download_jars, jar_folder
from orderstream.platform.kafka_storage import prepare
from orderstream.platform.one_off import migrate, seed
from orderstream.platform.process import Layer
from orderstream.platform.running import System
from orderstream.platform.steps import Steps
from orderstream.platform.supervisor import Supervisor
from orderstream.platform.topics import create_topics
from orderstream.platform.topology import DATABASES, STORES
from orderstream.platform.watching import wait_ready, watch


class Start:
    """One start of a system that the supervisor knows, until every process is ready."""

    def __init__(self, system: System, steps: Steps) -> None:
        self._system = system
        self._settings = system.settings
        self._steps = steps
        self._supervisor = Supervisor(system.folders)
        named = {one.service for one in system.processes if one.service}
        self._services = sorted(named & DATABASES.keys())

    async def everything(self) -> None:
        """Start all processes; make databases, topics and stock that are not there yet.

        Raises:
            StepFailedError: a process does not stay up, or is not ready in time.
        """
        await self._start(with_stores=True)

    async def services(self) -> None:
        """Start all processes but the stores, which run, and make the stock.

        Raises:
            StepFailedError: a process does not stay up, or is not ready in time.
        """
        await self._start(with_stores=False)

    async def _start(self, *, with_stores: bool) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                watcher = tasks.create_task(watch(self._system))
                simulators = tasks.create_task(self._layer(Layer.SIMULATORS))
                if with_stores:
                    stores = (self._kafka(), self._postgres())
                    await asyncio.gather(*map(tasks.create_task, stores))
                rest = (self._seed(), self._layer(Layer.WORKERS), self._layer(Layer.APIS))
                await asyncio.gather(simulators, *map(tasks.create_task, rest))
                watcher.cancel()
        except BaseExceptionGroup as errors:
            raise _first(errors) from None

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
            await asyncio.to_thread(prepare, self._settings)
            await asyncio.gather(*(self._ready(name) for name in BROKERS if name in self._names))
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


def _first(error: BaseException) -> BaseException:
    """The failure that made the others stop, out of the group that they came in."""
    while isinstance(error, BaseExceptionGroup):
        told = [one for one in error.exceptions if isinstance(one, StepFailedError)]
        error = next(iter(told), error.exceptions[0])
    return error
