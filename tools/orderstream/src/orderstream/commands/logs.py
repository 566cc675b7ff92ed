"""`orderstream logs`: what a process says."""

import os
import sys
import time
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from orderstream.failing import CommandError
from orderstream.platform import Folders, load_native
from orderstream.platform.folders import tail

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
    folders = Folders(load_native().state_dir)
    log = folders.log_of(process)
    if not log.is_file():
        raise CommandError(_unknown(process, folders))
    file: BinaryIO = log.open("rb")
    try:
        _show(tail(file, lines))
        while follow:
            file = _show_more(file, log)
    finally:
        file.close()


def _unknown(process: str, folders: Folders) -> str:
    known = ", ".join(sorted(log.stem for log in folders.logs.glob("*.log")))
    if not known:
        return "There are no logs yet. Start the system with: make up"
    return f"there is no log of {process}; there are: {known}"


def _show_more(file: BinaryIO, log: Path) -> BinaryIO:
    """Show what was added since; return the file to go on with, another one after a rotation."""
    if text := file.read():
        _show(text.decode(errors="replace"))
    elif log.exists() and log.stat().st_ino != os.fstat(file.fileno()).st_ino:
        file.close()
        return log.open("rb")
    else:
        time.sleep(POLL_SECONDS)
    return file


def _show(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
