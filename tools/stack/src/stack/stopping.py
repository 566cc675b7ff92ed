"""Stops a system and makes sure that nothing of it is left."""

import asyncio
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from stack.folders import Folders
from stack.postgres import REACHABLE
from stack.process import Layer
from stack.steps import Steps
from stack.supervisor import Supervisor
from stack.supervisor_files import DAEMON_LOG, STOP_SECONDS, spawns
from stack.system import UnreadableRecordError, find

STOPPED_LAST = (Layer.INFRASTRUCTURE, Layer.OBSERVABILITY)
"""Services write and tell until they have stopped."""


async def down(state_dir: Path, *, steps: Steps | None = None) -> bool:
    """Stop the system of a state folder; return whether there was anything to stop.

    Also ends what a killed supervisor has left behind. The data stays.
    """
    folders = Folders(state_dir)
    alive = _alive(folders)
    if alive:
        steps = steps or Steps()
        await _stop_in_order(folders, steps)
        await _end(_still(alive))
    folders.running.unlink(missing_ok=True)
    folders.supervisor_pid.unlink(missing_ok=True)
    folders.supervisor_socket.unlink(missing_ok=True)
    return bool(alive)


async def wipe(state_dir: Path) -> None:
    """Stop the system of a state folder and forget everything that it knew."""
    await down(state_dir)
    folders = Folders(state_dir)
    for folder in (
        REACHABLE / folders.fingerprint,
        folders.sockets,
        state_dir,
    ):
        shutil.rmtree(folder, ignore_errors=True)


async def _stop_in_order(folders: Folders, steps: Steps) -> None:
    try:
        system = find(folders.state)
    except UnreadableRecordError:
        return  # whoever still runs is ended all the same, in no order
    if system is None:
        return
    supervisor = Supervisor(folders)
    stores = [p.name for p in system.processes if p.layer in STOPPED_LAST]
    services = [p.name for p in system.processes if p.layer not in STOPPED_LAST]
    if services:
        with steps.step("services stopped"):
            await stop(supervisor, services)
    with steps.step(f"{', '.join(stores) or 'supervisor'} stopped"):
        await stop(supervisor, stores)
        supervisor.shutdown()


async def stop(supervisor: Supervisor, names: Sequence[str]) -> None:
    """Stop processes in order; whoever takes too long is killed by the supervisor."""
    supervisor.stop_process(*names)
    deadline = time.monotonic() + STOP_SECONDS + 5  # the supervisor kills before that
    while time.monotonic() < deadline:
        states = supervisor.states()
        if all(states[name].pid is None for name in names):
            return
        await asyncio.sleep(0.1)


def _alive(folders: Folders) -> list[psutil.Process]:
    """Return every process that the supervisor has started and that still runs, with its children."""
    found: dict[int, psutil.Process] = {}
    for spawn in spawns(folders.log_of(DAEMON_LOG)):
        if process := spawn.process():
            with suppress(psutil.NoSuchProcess):  # it has ended since
                for one in (process, *process.children(recursive=True)):
                    found[one.pid] = one
    return list(found.values())


async def _end(processes: list[psutil.Process]) -> None:
    """Ask what is left to end, insist after a while."""
    if await _gone_within(1, processes):  # the supervisor itself is on its way out
        return
    _signal(processes, psutil.Process.terminate)
    if not await _gone_within(STOP_SECONDS, processes):
        _signal(processes, psutil.Process.kill)
        await _gone_within(STOP_SECONDS, processes)


async def _gone_within(seconds: float, processes: list[psutil.Process]) -> bool:
    deadline = time.monotonic() + seconds
    while _still(processes):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.05)
    return True


def _still(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    return [one for one in processes if one.is_running() and _status(one) != psutil.STATUS_ZOMBIE]


def _status(process: psutil.Process) -> str:
    try:
        return str(process.status())
    except psutil.NoSuchProcess:
        return str(psutil.STATUS_ZOMBIE)


def _signal(processes: list[psutil.Process], send: Callable[[psutil.Process], None]) -> None:
    for process in _still(processes):
        try:
            send(process)
        except psutil.NoSuchProcess:
            continue
