"""Makes the secrets of a system that runs elsewhere: `python -m stack.keys DIR`.

Once, before its services start, which then read them with `SECRETS_DIR=DIR`.
"""

import argparse
from pathlib import Path

from stack.keys import make_secrets


def main() -> None:
    """Make the files that are not there yet, and say of each whether it was made or kept."""
    parser = argparse.ArgumentParser(prog="python -m stack.keys", description=make_secrets.__doc__)
    parser.add_argument("folder", metavar="DIR", type=Path, help="where the files are")
    folder = parser.parse_args().folder
    try:
        made = make_secrets(folder)
    except OSError as error:
        parser.exit(2, f"{parser.prog}: cannot write to {folder}: {error.strerror}\n")
    for file, is_new in made.items():
        print("made" if is_new else "kept", file)  # noqa: T201  # what the command is for


if __name__ == "__main__":
    main()
