"""Tables that read well on a terminal and stay one line a row in a pipe."""

import sys

from rich import box
from rich.console import Console
from rich.table import Table

WIDTH_IN_A_PIPE = 200


def console() -> Console:
    """The console that commands print to."""
    return Console(width=None if sys.stdout.isatty() else WIDTH_IN_A_PIPE)


def table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """An empty table; the columns named in `right` hold numbers."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", no_wrap=True)
    return made
