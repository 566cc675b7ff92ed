"""Logs of containers, which the engine keeps: asked of `docker compose`, read like those in files."""

import subprocess
from collections.abc import Iterator, Sequence

from launcher.environment import PROJECT_ROOT
from stack.log_lines import Entry, read_entry

from orderstream.errors import CommandError
from orderstream.logs.files import in_order
from orderstream.logs.wanted import Wanted, chosen

COMPOSE = ("docker", "compose")
CLEAR_LINE = "\x1b[K"
"""What `docker compose logs --follow` writes behind a name, whatever it is told of colours."""


def read(
    names: Sequence[str], wanted: Wanted, limit: int | None, *, follow: bool
) -> Iterator[Entry]:
    """Yield the lines of these services, or of all; `limit`: the newest so many; then each that comes.

    Raises:
        CommandError: there is no such service, no Docker, or it cannot tell.
    """
    meant = chosen(names, _asked("config", "--services").split())
    command = (*_logs(wanted, limit), *meant)
    if follow:
        yield from _followed(command, wanted)
        return
    entries = map(_entry, _asked(*command).split("\n")[:-1])
    found = in_order(entry for entry in entries if wanted.fits(entry))
    yield from found[-limit:] if limit else found


def _followed(command: Sequence[str], wanted: Wanted) -> Iterator[Entry]:
    with _started((*command, "--follow"), stderr=None) as process:  # its own words go past us
        try:
            for line in process.stdout or ():
                entry = _entry(line.rstrip("\n"))
                if wanted.fits(entry):
                    yield entry
        finally:
            process.terminate()


def _logs(wanted: Wanted, limit: int | None) -> tuple[str, ...]:
    since = ("--since", wanted.since.isoformat()) if wanted.since else ()
    until = ("--until", wanted.until.isoformat()) if wanted.until else ()
    is_plain = not wanted.texts and wanted.level == "debug"
    tail = ("--tail", str(limit)) if limit and is_plain else ()
    return ("logs", "--no-color", *since, *until, *tail)


def _entry(line: str) -> Entry:
    """Return a line as compose writes it: `payment-worker-1  | {...}`."""
    name, bar, said = line.replace(CLEAR_LINE, "").partition("|")
    return read_entry(name.strip(), said.removeprefix(" ")) if bar else read_entry("", line)


def _asked(*arguments: str) -> str:
    with _started(arguments) as process:
        told, said = process.communicate()
    if process.returncode != 0:
        raise CommandError(f"docker compose {arguments[0]} failed: {said.strip()}")
    return told


def _started(
    arguments: Sequence[str], stderr: int | None = subprocess.PIPE
) -> "subprocess.Popen[str]":
    try:
        return subprocess.Popen(
            (*COMPOSE, *arguments),
            cwd=PROJECT_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            errors="replace",
        )
    except FileNotFoundError:
        raise CommandError(
            "The system is in containers, and there is no docker here to ask for their logs."
        ) from None
