"""Real orders for the system: imports the public Online Retail data set.

All that may be imported from here is listed in `__init__.pyi`, with the module that it comes from,
which is loaded when one of its names is asked for first: who only tells of an error reads no file.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
