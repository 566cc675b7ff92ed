"""Starts supervisord and talks to it: states, starts, stops."""

import subprocess
import sys
import xmlrpc.client
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from typing import Any, cast

from supervisor.xmlrpc import SupervisorTransport

from orderstream.platform.deaths import Deaths, deaths
from orderstream.platform.folders import Folders, last_lines
from orderstream.platform.process import Process
from orderstream.platform.process_state import ProcessState
from orderstream.platform.spawns import restarts, spawns
from orderstream.platform.supervisor_config import DAEMON_LOG, configuration

START_SECONDS = 20


class SupervisorError(RuntimeError):
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
        program = [sys.executable, "-m", "orderstream.daemon"]
        result = subprocess.run(
            [*program, "--configuration", str(self._folders.supervisor_config)],
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
        """Whether the daemon answers."""
        try:
            with self._rpc() as rpc:
                return bool(rpc.getState()["statename"])
        except SupervisorError:
            return False

    def states(self) -> dict[str, ProcessState]:
        """Every process by name.

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

    def start_process(self, name: str) -> None:
        """Start a process without waiting for it; nothing happens when it runs already."""
        with self._rpc() as rpc, _accepting("ALREADY_STARTED"):
            rpc.startProcess(name, False)  # noqa: FBT003  # XML-RPC knows no names

    def stop_process(self, name: str) -> None:
        """Ask a process to stop without waiting; nothing happens when it does not run."""
        with self._rpc() as rpc, _accepting("NOT_RUNNING"):
            rpc.stopProcess(name, False)  # noqa: FBT003  # XML-RPC knows no names

    def shutdown(self) -> None:
        """Tell the daemon to stop everything and end."""
        with self._rpc() as rpc:
            rpc.shutdown()

    def _configure(self, processes: Sequence[Process]) -> None:
        self._folders.supervisor_config.touch(mode=0o600)  # it holds the sealing key
        self._folders.supervisor_config.write_text(configuration(processes, self._folders))

    @contextmanager
    def _rpc(self) -> Iterator[Any]:
        address = f"unix://{self._folders.supervisor_socket}"
        transport = SupervisorTransport(None, None, address)
        try:
            yield xmlrpc.client.ServerProxy("http://127.0.0.1", transport).supervisor
        except (OSError, HTTPException, xmlrpc.client.ProtocolError) as error:
            raise SupervisorError(f"the supervisor does not answer: {error}") from error
        finally:
            transport.close()


def _lives_s(answer: dict[str, Any]) -> float | None:
    """For how long a process has been running; None if it does not."""
    return float(answer["now"] - answer["start"]) if answer["pid"] else None


@contextmanager
def _accepting(reason: str) -> Iterator[None]:
    try:
        yield
    except xmlrpc.client.Fault as fault:
        if reason not in fault.faultString:
            raise
