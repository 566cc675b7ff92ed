"""The native platform: real Kafka and PostgreSQL from packages, and every process supervised.

All that may be imported from here is listed in `__init__.pyi`, with the module that it comes from,
which is loaded when one of its names is asked for first: a command that only looks at a file has no
use for the clients of Kafka and PostgreSQL.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
