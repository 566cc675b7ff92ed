"""Programs for tests: each a process of its own, forked from one that has imported what all need.

An interpreter and the libraries take a second of a core to start, a fork takes a hundredth. What a
program does by itself is the same: `python -m NAME` with its own environment, signals and exit code.
"""

import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

LIBRARIES = [
    "simkit",
    "messaging.runtime.worker",
    "servicekit.api",
    "servicekit.migrations",
    "grpc.aio",
]
"""With all that these import. What is not installed is passed over."""


class Program:
    """`python -m COMMAND` with nothing but this environment; what it prints goes to files."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], output: Path, errors: Path
    ) -> None:
        self._process: ForkServerProcess = _forking().Process(
            target=_become, args=(tuple(command), dict(environment), output, errors), daemon=True
        )
        self._process.start()

    @property
    def pid(self) -> int:
        """The id by which the machine knows it."""
        return int(self._process.pid or 0)  # it is started when it is made

    def poll(self) -> int | None:
        """Return its exit code, the negative of a signal that ended it, or None while it runs."""
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self._process.is_alive():
            os.kill(self.pid, number)

    def wait(self, seconds: float) -> int:
        """Return its exit code when it has ended.

        Raises:
            TimeoutError: it has not.
        """
        self._process.join(seconds)
        code = self._process.exitcode
        if code is None:
            raise TimeoutError(f"process {self._process.pid} still runs after {seconds} s")
        return code


def _forking() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LIBRARIES)
    return context


def _become(
    command: tuple[str, ...], environment: dict[str, str], output: Path, errors: Path
) -> None:
    for file, stream in ((output, sys.stdout), (errors, sys.stderr)):
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(descriptor, stream.fileno())
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = list(command)
    runpy.run_module(command[0], run_name="__main__", alter_sys=True)
