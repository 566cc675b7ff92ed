"""`orderstream`, and `python -m orderstream`: the environment is cleaned before anything can read it."""

import errno
import os
import sys

from launcher.environment import forget_the_rest

INTERRUPTED = 130  # what a shell reports for a program ended by Ctrl-C


def main() -> None:
    """Run the command line, without what the user's shell happens to hold besides."""
    forget_the_rest()
    try:
        from orderstream.cli import app  # its libraries read the environment

        app()
    except KeyboardInterrupt:  # before a command was there to be interrupted
        sys.exit(INTERRUPTED)
    finally:
        _flush()


def _flush() -> None:
    """Print what is left to be printed, while it can still be said that it cannot."""
    try:
        sys.stdout.flush()
    except OSError as error:
        # What was not printed would be tried once more at the interpreter's end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if error.errno != errno.EPIPE:
            sys.stderr.write(f"What should be printed: {error.strerror}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
