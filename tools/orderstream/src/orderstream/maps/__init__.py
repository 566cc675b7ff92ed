"""The maps in `docs/maps`, drawn from what the services register.

The only part of this tool that imports services: no file may know the whole flow of events, so the
picture of it is put together from each service's own handlers, lifecycle and commands.
"""

from orderstream.maps.atlas import Stale, compare, write

__all__ = ["Stale", "compare", "write"]
