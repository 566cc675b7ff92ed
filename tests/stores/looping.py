"""Work in a loop of one's own for `tests/architecture/test_starting.py`."""

from testkit.stores.looping import in_own_loop

__all__ = ["in_own_loop"]
