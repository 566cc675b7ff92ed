"""Starts the system: stores, databases, topics, migrations, services, until everything is ready."""

from collections.abc import Sequence

from orderstream.platform.changing import only_change
from orderstream.platform.folders import Folders
from orderstream.platform.listing import write_listings
from orderstream.platform.ports import check_free
from orderstream.platform.process import Process
from orderstream.platform.running import System, find
from orderstream.platform.settings import Settings
from orderstream.platform.starting import Start
from orderstream.platform.steps import Steps
from orderstream.platform.stopping import down
from orderstream.platform.supervisor import Supervisor
from orderstream.platform.topology import topology


class AlreadyUpError(RuntimeError):
    """A system runs in this state folder."""


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
        ChangeUnderWayError: somebody is starting it.
        PortInUseError: before anything is started.
        StepFailedError: a step failed; the message says which and what its log says last.
    """
    folders = Folders(settings.state_dir)
    folders.create()
    with only_change(folders):
        if find(folders.state):
            raise AlreadyUpError(f"The system is up already, its state is in {folders.state}.")
        await down(folders.state)  # what a killed supervisor has left
        system = System(settings, tuple(topology(settings) if processes is None else processes))
        check_free({port: name for one in system.processes for port, name in one.ports.items()})
        try:
            Supervisor(folders).start(system.processes)
            system.save()
            write_listings(folders, system.processes)
            await Start(system, steps or Steps()).everything()
        except BaseException:
            await down(folders.state)
            raise
        return system
