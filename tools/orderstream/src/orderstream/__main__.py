"""`orderstream`, and `python -m orderstream`: the environment is cleaned before anything can read it."""

import sys

from launcher.environment import forget_the_rest

from orderstream.ending import INTERRUPTED, flush_output


def main() -> None:
    """Run the command line, without what the user's shell happens to hold besides."""
    forget_the_rest()
    try:
        from orderstream.cli import app  # its libraries read the environment

        app()
    except KeyboardInterrupt:  # before a command was there to be interrupted
        sys.exit(INTERRUPTED)
    finally:
        flush_output()


if __name__ == "__main__":
    main()
