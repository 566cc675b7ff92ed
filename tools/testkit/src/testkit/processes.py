"""A service or a simulator as the real process that it is: started, waited for, ended."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil

from testkit.forked import Program
from testkit.waiting import TIMEOUT_S, blocking_until

STOP_S = 30


def lives(process: psutil.Process) -> bool:
    """Say whether a process has not ended; one whose end was not waited for has."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


class Process:
    """`python -m WORDS`, with nothing but the environment given; what it prints goes to its log."""

    def __init__(self, *words: str, log: Path, **environment: str) -> None:
        self._log = log
        self._name = " ".join(words)
        self.environment = environment
        self.url = f"http://127.0.0.1:{environment['HTTP_PORT']}"
        variables = {"PATH": os.environ["PATH"], **environment}
        self._process = Program(words, variables, log, log)

    @property
    def log(self) -> str:
        """All that it has printed."""
        return self._log.read_text()

    @property
    def pid(self) -> int:
        """The id by which the machine knows it."""
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def wait_ready(self, path: str = "/readyz", status: int = 200) -> None:
        """Wait until it answers.

        Raises:
            AssertionError: with its log, if it ends or does not answer so in time.
        """
        last = "nothing"

        def answered() -> bool:
            nonlocal last
            with suppress(httpx.TransportError):
                answer = http.get(path)
                last = answer.text
                return answer.status_code == status
            return not self.runs

        with httpx.Client(base_url=self.url, trust_env=False) as http:
            try:
                blocking_until(f"{self._name} is ready", answered)
            except AssertionError as error:
                raise AssertionError(f"{error}: {path} says {last}\n{self.log}") from None
        if not self.runs:
            raise AssertionError(f"{self._name} has ended\n{self.log}")

    def wait(self, seconds: float = TIMEOUT_S) -> int:
        """Wait until it ends by itself; give its exit code."""
        return self._process.wait(seconds)

    def send(self, how: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(how)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send it a signal, wait for the end, give the exit code."""
        self.send(how)
        return self._process.wait(STOP_S)

    def close(self) -> None:
        """Leave nothing behind."""
        self.stop(signal.SIGKILL)


@contextmanager
def running(*words: str, log: Path, **environment: str) -> Iterator[Process]:
    """Run a process that is ready for as long as the block lasts."""
    process = Process(*words, log=log, **environment)
    try:
        process.wait_ready()
        yield process
    finally:
        process.close()
