"""`orderstream logs`: what a process says."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from orderstream.failing import CommandError
from orderstream.platform import Folders, last_lines, load

EXAMPLES = (
    "logs payment-worker",
    "logs gateway -f          # stay and show what comes",
    "logs order-migrate -n 5  # what a start has run once is there too",
)
POLL_SECONDS = 0.2


def run(
    process: Annotated[str, typer.Argument(help="A name from `orderstream status`.")],
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Show new lines too.")] = False,
    lines: Annotated[
        int, typer.Option("--lines", "-n", min=1, help="How many to begin with.")
    ] = 50,
) -> None:
    """Show the last lines of a process's log; also when the system is down."""
    folders = Folders(load().state_dir)
    log = folders.log_of(process)
    if not log.is_file():
        raise CommandError(_unknown(process, folders))
    for line in last_lines(log, lines):
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
    if follow:
        _follow(log)


def _unknown(process: str, folders: Folders) -> str:
    known = ", ".join(sorted(log.stem for log in folders.logs.glob("*.log")))
    if not known:
        return "There are no logs yet. Start the system with: make up"
    return f"there is no log of {process}; there are: {known}"


def _follow(log: Path) -> None:
    """Show what is added until interrupted, also after the log was rotated."""
    file = log.open("rb")
    file.seek(0, 2)
    while True:
        if text := file.read():
            sys.stdout.write(text.decode(errors="replace"))
            sys.stdout.flush()
        elif log.exists() and log.stat().st_ino != Path(f"/dev/fd/{file.fileno()}").stat().st_ino:
            file.close()
            file = log.open("rb")
        else:
            time.sleep(POLL_SECONDS)
