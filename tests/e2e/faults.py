"""What can happen to the processes of a running system, and their recovery."""

import asyncio
import os
import signal
from asyncio.subprocess import STDOUT, Process
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager

import httpx
from stack import ProcessState, Supervisor, System, free_ports, last_lines
from testkit.waiting import TIMEOUT_S, until

LINES = 40
"""So many of its last lines are shown of a process that does not become ready."""

CRASHED = 137
"""The exit code of a process that died at one of the named places in it."""


async def kill(system: System, name: str) -> None:
    """End a process with kill -9, and wait until the supervisor has it running again."""
    before = system.states()[name]
    assert before.pid is not None, f"{name} does not run: {before.message}"
    os.kill(before.pid, signal.SIGKILL)

    def is_back() -> bool:
        now = system.states()[name]
        return now.state == "RUNNING" and now.pid != before.pid

    await until(f"{name} is running again", is_back)


@contextmanager
def standing_still(*pids: int) -> Iterator[None]:
    """Processes that are frozen for as long as the block lasts, and then go on where they stood."""
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@contextmanager
def hanging(system: System, *names: str) -> Iterator[None]:
    """Processes of the system that stand still for as long as the block lasts."""
    states = system.states()
    pids = [pid for name in names if (pid := states[name].pid) is not None]
    assert len(pids) == len(names), f"not all of {', '.join(names)} run"
    with standing_still(*pids):
        yield


@asynccontextmanager
async def stopped(system: System, *names: str) -> AsyncIterator[None]:
    """Processes that are stopped for as long as the block lasts; afterwards they are ready again."""
    supervisor = Supervisor(system.folders)
    for name in names:
        supervisor.stop_process(name)
    await until(
        f"{', '.join(names)} stopped",
        lambda: all(system.states()[name].pid is None for name in names),
    )
    try:
        yield
    finally:
        for name in names:
            supervisor.start_process(name)
        await ready(system, *names)


@asynccontextmanager
async def replaced(
    system: System, environments: Mapping[str, Mapping[str, str]]
) -> AsyncIterator[dict[str, Process]]:
    """Processes that are replaced, for as long as the block lasts, by some with a changed environment.

    The supervisor does not know these: they stay dead when they die.
    """
    async with stopped(system, *environments):
        running: dict[str, Process] = {}
        try:
            for name, environment in environments.items():
                running[name] = await _start(system, name, environment)
            await ready(system, *environments)
            yield running
        finally:
            for process in running.values():
                if process.returncode is None:
                    process.terminate()
            await asyncio.gather(*(process.wait() for process in running.values()))


@asynccontextmanager
async def beside(
    system: System, name: str, environment: Mapping[str, str]
) -> AsyncIterator[tuple[str, Process]]:
    """Another instance of an API, for as long as the block lasts, with a changed environment.

    Gives its address, where it is ready. The supervisor does not know it.
    """
    port = free_ports()[f"{name}_port"]
    own = {"HTTP_PORT": str(port), "INSTANCE": "beside", **environment}
    process = await _start(system, name, own)
    url = f"http://127.0.0.1:{port}"

    async def is_ready() -> bool:
        assert process.returncode is None, f"{name} has ended; see the log of {name}-replaced"
        try:
            return (await client.get(f"{url}/readyz")).is_success
        except httpx.TransportError:
            return False

    try:
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            await until(f"another {name} is ready", is_ready)
        yield url, process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def ready(system: System, *names: str, seconds: float = TIMEOUT_S) -> None:
    """Wait until processes say that they are ready; one that speaks no HTTP has to run."""
    wanting: dict[str, str] = {}

    async def wants(client: httpx.AsyncClient, name: str) -> str | None:
        """What a process lacks, in its own words."""
        url, state = system.process(name).health_url, system.states()[name].state
        if url is None:
            return None if state == "RUNNING" else state
        try:
            answer = await client.get(url)
        except httpx.TransportError as error:
            return f"{state}, {error!r}"
        return None if answer.is_success else answer.text

    async def are_ready() -> bool:
        found = {name: await wants(client, name) for name in names}
        wanting.clear()
        wanting.update({name: lack for name, lack in found.items() if lack is not None})
        return not wanting

    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        try:
            await until(f"{', '.join(names)} ready", are_ready, seconds=seconds)
        except AssertionError as error:
            problems = [str(error)]
            for name, lack in wanting.items():
                problems.append(f"{name}: {lack}")
                problems += [f"  {line}" for line in last_lines(system.folders.log_of(name), LINES)]
            raise AssertionError("\n".join(problems)) from None


def unwell(system: System) -> list[ProcessState]:
    """The processes that the supervisor does not have running."""
    return [state for state in system.states().values() if state.state != "RUNNING"]


async def _start(system: System, name: str, environment: Mapping[str, str]) -> Process:
    process = system.process(name)
    with system.folders.log_of(f"{name}-replaced").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *process.argv,
            env={**os.environ, **process.environment, **environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=STDOUT,
            cwd="/",
        )
