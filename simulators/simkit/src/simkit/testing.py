"""Runs a simulator as the real process for its tests, and kills it like the world would."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from simkit.forked import Program

START_SECONDS = 90
STOP_SECONDS = 60
REFUSED = 2


def free_port() -> int:
    """Give a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Simulator:
    """A simulator's process; `http` speaks to it, `folder` is where it keeps its data."""

    def __init__(self, name: str, folder: Path, **environment: str) -> None:
        self.name = name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = httpx.Client(base_url=self.url, timeout=60)
        self.folder = folder / "data"
        self._log = folder / f"{name}.log"
        self._environment = {
            "PATH": os.environ["PATH"],
            "HTTP_PORT": str(self.port),
            "DATA_DIR": str(self.folder),
            **environment,
        }
        self._process: Program | None = None

    @property
    def log(self) -> str:
        """All that the process has printed."""
        return self._log.read_text()

    def start(self) -> None:
        """Start the process and wait until it is ready.

        Raises:
            RuntimeError: with its output, if it ends or is not ready in time.
        """
        self._process = Program([self.name], self._environment, self._log, self._log)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            with suppress(httpx.TransportError):
                if self.http.get("/readyz").status_code == httpx.codes.OK:
                    return
            time.sleep(0.05)
        self.stop(signal.SIGKILL)
        raise RuntimeError(f"{self.name} did not become ready:\n{self.log}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, wait for the end, give the exit code."""
        if self._process is None:
            return 0
        self._process.send_signal(how)
        code = self._process.wait(STOP_SECONDS)
        self._process = None
        return code

    def close(self) -> None:
        """Leave nothing behind."""
        self.stop(signal.SIGKILL)
        self.http.close()


@contextmanager
def running(name: str, folder: Path, **environment: str) -> Iterator[Simulator]:
    """Run a simulator with its data in `folder` for as long as the block lasts."""
    simulator = Simulator(name, folder, **environment)
    try:
        simulator.start()
        yield simulator
    finally:
        simulator.close()


def refusal(name: str, folder: Path, **environment: str) -> str:
    """Start a simulator that is expected to refuse to start; give what it says."""
    given = {"PATH": os.environ["PATH"], "DATA_DIR": str(folder), **environment}
    with TemporaryDirectory() as place:
        log = Path(place) / "log"
        code = Program([name], given, log, log).wait(START_SECONDS)
        said = log.read_text()
    if code != REFUSED:
        raise AssertionError(f"{name} ended with {code}: {said}")
    return said
