"""`orderstream`, and `python -m orderstream`: the environment is cleaned before anything can read it."""

from launcher.environment import forget_the_rest


def main() -> None:
    """Run the command line, without what the user's shell happens to hold besides."""
    forget_the_rest()
    from orderstream.cli import app  # its libraries read the environment

    app()


if __name__ == "__main__":
    main()
