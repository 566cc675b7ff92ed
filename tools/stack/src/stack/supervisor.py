"""Starts supervisord and talks to it: states, starts, stops."""

import subprocess
import sys
import xmlrpc.client
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, cast

from launcher.environment import passed_on
from supervisor.xmlrpc import SupervisorTransport

from stack.errors import StackError
from stack.folders import Folders, last_lines
from stack.process import Process
from stack.supervisor_files import DAEMON_LOG, Deaths, configuration, deaths, restarts, spawns


@dataclass(frozen=True, slots=True)
class ProcessState:
    """What the supervisor knows of one process; `started_at` in seconds since the epoch.

    `state` is one of RUNNING, STARTING, BACKOFF, STOPPING, STOPPED, EXITED, FATAL, UNKNOWN. One that
    is `failing` dies soon after each start, or cannot start for want of something.
    """

    name: str
    state: str
    pid: int | None
    started_at: float | None
    restarts: int
    message: str
    failing: bool = False


START_SECONDS = 20


class SupervisorError(StackError):
    """The supervisor did not start or does not answer."""


class Supervisor:
    """The supervisor of one state folder."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders

    def start(self, processes: Sequence[Process]) -> None:
        """Start the daemon, detached, with none of the processes running yet.

        Raises:
            SupervisorError: with the last lines of what the daemon said.
        """
        log = self._folders.log_of(DAEMON_LOG)
        log.unlink(missing_ok=True)  # its lines are counted: only this run's may be there
        self._configure(processes)
        # -P: nothing in the state folder is taken for a module.
        program = [sys.executable, "-P", "-m", "launcher.daemon"]
        result = subprocess.run(
            [*program, "--configuration", str(self._folders.supervisor_config)],
            cwd=self._folders.state,
            env=passed_on(),
            capture_output=True,
            text=True,
            check=False,
            timeout=START_SECONDS,
        )
        if result.returncode != 0:
            said = [*result.stderr.splitlines(), *last_lines(log, 5)]
            raise SupervisorError("the supervisor did not start: " + "\n".join(said))

    def change(self, processes: Sequence[Process]) -> None:
        """Know of these processes only: others must be stopped already, new ones are not started."""
        self._configure(processes)
        with self._rpc() as rpc:
            ((added, _changed, removed),) = rpc.reloadConfig()
            for name in added:
                rpc.addProcessGroup(name)
            for name in removed:
                rpc.removeProcessGroup(name)

    def is_running(self) -> bool:
        """Return whether the daemon answers."""
        try:
            with self._rpc() as rpc:
                return bool(rpc.getState()["statename"])
        except SupervisorError:
            return False

    def states(self) -> dict[str, ProcessState]:
        """Return every process by name.

        Raises:
            SupervisorError: the daemon does not answer.
        """
        with self._rpc() as rpc:
            answers = cast("list[dict[str, Any]]", rpc.getAllProcessInfo())
        log = self._folders.log_of(DAEMON_LOG)
        started, died = spawns(log), deaths(log)
        return {
            answer["name"]: ProcessState(
                name=answer["name"],
                state=answer["statename"],
                pid=answer["pid"] or None,
                started_at=float(answer["start"]) if answer["pid"] else None,
                restarts=restarts(started, answer["name"]),
                message=answer["spawnerr"] or answer["description"],
                failing=died.get(answer["name"], Deaths()).is_failing(_lives_s(answer)),
            )
            for answer in answers
        }

    def start_process(self, *names: str) -> None:
        """Start processes without waiting for them; nothing happens to those that run already."""
        self._tell("startProcess", names, unless="ALREADY_STARTED")

    def stop_process(self, *names: str) -> None:
        """Ask processes to stop without waiting; nothing happens to those that do not run."""
        self._tell("stopProcess", names, unless="NOT_RUNNING")

    def shutdown(self) -> None:
        """Tell the daemon to stop everything and end."""
        with self._rpc() as rpc:
            rpc.shutdown()

    def _configure(self, processes: Sequence[Process]) -> None:
        self._folders.supervisor_config.touch(mode=0o600)  # it holds the sealing key
        for one in processes:  # supervisord looks for them at once
            (self._folders.state / one.folder).mkdir(exist_ok=True)
        self._folders.supervisor_config.write_text(configuration(processes, self._folders))

    def _tell(self, method: str, names: Sequence[str], *, unless: str) -> None:
        """Call a method for each name, all in one request: each would wait for the daemon's turn."""
        calls = [{"methodName": f"supervisor.{method}", "params": [name, False]} for name in names]
        with self._server() as server:
            # Its results are bare values, which `xmlrpc.client.MultiCall` does not understand.
            for result in server.system.multicall(calls):
                if isinstance(result, dict) and unless not in result["faultString"]:
                    raise xmlrpc.client.Fault(result["faultCode"], result["faultString"])

    @contextmanager
    def _rpc(self) -> Iterator[Any]:
        with self._server() as server:
            yield server.supervisor

    @contextmanager
    def _server(self) -> Iterator[Any]:
        address = f"unix://{self._folders.supervisor_socket}"
        transport = SupervisorTransport(None, None, address)
        try:
            yield xmlrpc.client.ServerProxy("http://127.0.0.1", transport)
        except (OSError, HTTPException, xmlrpc.client.ProtocolError) as error:
            raise SupervisorError(f"the supervisor does not answer: {error}") from error
        finally:
            transport.close()


def _lives_s(answer: dict[str, Any]) -> float | None:
    """Return for how long a process has been running; None if it does not."""
    return float(answer["now"] - answer["start"]) if answer["pid"] else None
