"""The system that a command is about, wherever its processes run."""

from orderstream.platform.running import System, running
from orderstream.platform.settings import Settings
from orderstream.platform.topology import topology


def reach(settings: Settings) -> System:
    """The system that the settings name: natively the one that was started from the state folder.

    Containers are taken as the settings describe them; whether they run shows when they are asked.

    Raises:
        NotUpError: natively nothing runs; with the command that starts it.
    """
    if settings.platform == "native":
        return running(settings.state_dir)
    return System(settings, topology(settings))
