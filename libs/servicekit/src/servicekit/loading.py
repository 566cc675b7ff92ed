"""Loading a role's code without looking for garbage in it: what is imported stays for good."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Import what a role needs inside of this block.

    Thousands of lasting objects come at once, and Python would go through all of them again and
    again: a fifth of a start. They are left out of every later search as well, the one at the end of
    the process included, which would take a quarter of a start.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
