"""How the command line ends where it was interrupted, or its output cannot be printed.

It is loaded before the environment is cleaned, so it needs nothing but Python.
"""

import errno
import os
import sys
from contextlib import suppress

INTERRUPTED = 130  # what a shell reports for a program ended by Ctrl-C
OUTPUT = "What should be printed"
"""What the output is called, which has no name as a file has."""


def flush_output() -> None:
    """Print what is left to be printed, while it can still be said that it cannot.

    Raises:
        SystemExit: it cannot. A reader that has left is told nothing.
    """
    try:
        sys.stdout.flush()
    except OSError as error:
        print_no_more()
        if error.errno != errno.EPIPE:
            sys.stderr.write(f"{OUTPUT}: {error.strerror}\n")
        sys.exit(1)


def print_no_more() -> None:
    """Drop what could not be printed: it would be tried again, and told again, at the end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
