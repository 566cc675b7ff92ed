"""Starts a system: the steps that need nothing of each other run side by side."""

import asyncio
import os
import ssl
from collections.abc import Sequence

from stack import kafka, postgres
from stack.errors import SettingsError, StackError
from stack.folders import Folders, only_change
from stack.health import wait_ready, watch
from stack.kafka import NAMES as BROKERS
from stack.kafka_install import aot_cache, download_jars, jar_folder
from stack.one_off import check_seed_file, migrate, seed
from stack.opening_stock import require_same_currency
from stack.ports import claim
from stack.process import Layer, Process
from stack.settings import Settings
from stack.steps import StepFailedError, Steps
from stack.stopping import down
from stack.supervisor import Supervisor
from stack.system import System, find
from stack.topics import create_topics
from stack.topology import DATABASES, STORES, all_processes, write_listings


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
                beside = (self._layer(Layer.OBSERVABILITY), self._layer(Layer.SIMULATORS))
                started = [*map(tasks.create_task, beside)]
                if with_stores:
                    stores = (self._kafka(), self._postgres())
                    await asyncio.gather(*map(tasks.create_task, stores))
                rest = (self._seed(), self._layer(Layer.WORKERS), self._layer(Layer.APIS))
                await asyncio.gather(*started, *map(tasks.create_task, rest))
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
        if not aot_cache().exists():
            with self._steps.step("Apache Kafka prepared for quick starts (once)"):
                await asyncio.to_thread(kafka.prepare_starts)
        with self._steps.step("Apache Kafka ready"):
            await asyncio.to_thread(kafka.prepare, self._settings)
            await self._ready(*(name for name in BROKERS if name in self._names))
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
                await migrate(self._settings, *self._services)

    async def _seed(self) -> None:
        if "inventory" in self._services and {*STORES} <= self._names:
            with self._steps.step("catalogue and stock loaded"):
                await seed(self._settings)

    async def _layer(self, layer: Layer) -> None:
        names = [process.name for process in self._system.processes if process.layer is layer]
        if names:
            with self._steps.step(f"{layer} ready: {', '.join(names)}"):
                await self._ready(*names)

    async def _ready(self, *names: str) -> None:
        self._supervisor.start_process(*names)
        processes = map(self._system.process, names)
        await asyncio.gather(*(wait_ready(self._system, one) for one in processes))


def _first(error: BaseException) -> BaseException:
    """Return the failure that made the others stop, out of the group that they came in."""
    while isinstance(error, BaseExceptionGroup):
        told = [one for one in error.exceptions if isinstance(one, StepFailedError)]
        error = next(iter(told), error.exceptions[0])
    return error


CERTIFICATES = "SSL_CERT_FILE"
"""The user's own variable, which every process is given."""


def require_certificates() -> None:
    """Make sure that certificates named by the environment can be read: a process without them ends.

    Raises:
        SettingsError: they cannot.
    """
    file = os.environ.get(CERTIFICATES)
    try:
        ssl.create_default_context(cafile=file or None)
    except OSError as error:
        said = "it holds no certificates" if isinstance(error, ssl.SSLError) else error.strerror
        raise SettingsError(f"{CERTIFICATES}={file} cannot be used: {said}") from None


class AlreadyUpError(StackError):
    """A system runs in this state folder."""


async def up(
    settings: Settings,
    processes: Sequence[Process] | None = None,
    *,
    steps: Steps | None = None,
) -> System:
    """Start the processes, by default all of `all_processes(settings)`, and wait until each is ready.

    Whatever goes wrong, cancellation included, nothing is left running.

    Raises:
        AlreadyUpError: one runs already; it is left as it is.
        ChangeUnderWayError: somebody is starting it.
        PortInUseError, RetailFormatError, SettingsError: before anything is started.
        StepFailedError: a step failed; the message says which and what its log says last.
    """
    folders, steps = Folders(settings.state_dir), steps or Steps()
    folders.create()
    with only_change(folders):
        if find(folders.state):
            raise AlreadyUpError(f"The system is up already, its state is in {folders.state}.")
        await down(folders.state)  # what a killed supervisor has left
        system = System(
            settings, tuple(all_processes(settings) if processes is None else processes)
        )
        ports = {port: name for one in system.processes for port, name in one.ports.items()}
        require_certificates()
        await claim(ports, steps)
        if any(one.service == "inventory" for one in system.processes):
            require_same_currency(settings)
            await check_seed_file(settings)
        try:
            Supervisor(folders).start(system.processes)
            system.save()
            write_listings(folders, system.processes)
            await Start(system, steps).everything()
        except BaseException:
            await down(folders.state)
            raise
        return system
