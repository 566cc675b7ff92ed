"""`orderstream status`: every process of the running system at a glance."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

import psutil
import stack  # what asks processes is loaded when one runs
import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text
from stack import Process, ProcessState, System, load, reach

from orderstream.formatting import console, table

EXAMPLES = ("status", "status || orderstream logs kafka   # exit code 1: not everything is well")
MIB = 1024 * 1024


def run() -> None:
    """Show each process: state, since when, restarts, port, memory, and what its health check says.

    Of containers, whose processes Docker knows, only where they listen and how they are. The exit code is 0 only when every process is ready, and has all that it needs.
    """
    system = reach(load())
    found = asyncio.run(stack.look_at(system))
    answers = {name: one.answer for name, one in found.items()}
    shown = _table if system.settings.platform == "native" else _containers
    console().print(shown(system, answers))
    for name, one in found.items():
        for note, told in one.notes.items():
            console().print(Text(f"{name}: {note}: {told}"), soft_wrap=True)
    if any(answer != stack.READY for answer in answers.values()):
        raise typer.Exit(1)


def _table(system: System, answers: dict[str, str]) -> Table:
    shown = table(
        "process",
        "state",
        "pid",
        "up since",
        "restarts",
        "port",
        "MiB",
        "health",
        right=("pid", "restarts", "port", "MiB"),
        wrap=("health",),
    )
    shown.show_edge = False  # so that it fits into 80 columns
    states, total = system.states(), 0
    for process in system.processes:
        state = states[process.name]
        memory = _memory(state.pid)
        total += memory
        answer = stack.last_words(system, state) if state.failing else answers[process.name]
        shown.add_row(*_row(process, state, memory, answer))
    shown.add_section()
    shown.add_row("all", "", "", "", "", "", str(total // MIB), "")
    return shown


def _containers(system: System, answers: dict[str, str]) -> Table:
    shown = table("container", "address", "health", wrap=("health",))
    for process in system.processes:
        address = f"{process.host}:{process.port}"
        shown.add_row(process.name, address, _coloured(answers[process.name]))
    return shown


def _row(process: Process, state: ProcessState, memory: int, answer: str) -> tuple[str, ...]:
    return (
        process.name,
        "[red]failing[/]" if state.failing else state.state.lower(),
        str(state.pid or "-"),
        _since(state.started_at),
        str(state.restarts),
        str(process.port),
        str(memory // MIB),
        _coloured(answer),
    )


def _coloured(answer: str) -> str:
    colour = (
        "green"
        if answer == stack.READY
        else "yellow"
        if answer.startswith(stack.DEGRADED)
        else "red"
    )
    return f"[{colour}]{escape(answer)}[/]"


def _since(started_at: float | None) -> str:
    if started_at is None:
        return "-"
    return f"{datetime.fromtimestamp(started_at, UTC).astimezone():%H:%M:%S}"


def _memory(pid: int | None) -> int:
    """Memory in bytes, of its children too; what several processes share is divided among them."""
    if pid is None:
        return 0
    try:
        process = psutil.Process(pid)
        return sum(_share(one) for one in (process, *process.children(recursive=True)))
    except psutil.Error:
        return 0  # it has just ended


def _share(process: psutil.Process) -> int:
    """Return the proportional set size where the system tells it: forks share most of what they hold."""
    with suppress(psutil.AccessDenied):
        told = process.memory_full_info()
        return int(getattr(told, "pss", told.uss))
    held = process.memory_info()  # another user's
    return int(held.rss - getattr(held, "shared", 0))
