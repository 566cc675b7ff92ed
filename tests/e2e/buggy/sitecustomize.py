"""A release with a bug: Python imports this first in a process that finds it on its path.

Inventory can handle nothing about any order.
"""

from typing import NoReturn

from inventory.unit_of_work import InventoryWork


def _of(*_: object) -> NoReturn:
    raise KeyError("shelf")


InventoryWork.of = _of  # type: ignore[method-assign]
