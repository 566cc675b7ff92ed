"""How a service runs: settings, database, logs, health.

All that may be imported from here is listed in `__init__.pyi`, with the module that it comes from,
which is loaded when one of its names is asked for first: a worker has no use for Alembic, nor a
command for a database driver.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
