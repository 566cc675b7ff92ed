"""A simulator as the real process, killed like the world would, on the same data again."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from testkit.forked import Program
from testkit.ports import free_port
from testkit.processes import Process
from testkit.waiting import TIMEOUT_S

REFUSED = 2


class Simulator:
    """A simulator; `http` speaks to it, `folder` is where it keeps its data."""

    def __init__(self, name: str, folder: Path, **environment: str) -> None:
        self.name = name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = httpx.Client(base_url=self.url, timeout=20)
        self.folder = folder / "data"
        self._log = folder / f"{name}.log"
        self._environment = {
            "HTTP_PORT": str(self.port),
            "DATA_DIR": str(self.folder),
            **environment,
        }
        self._process: Process | None = None

    @property
    def log(self) -> str:
        """All that it has printed since it was first started."""
        return self._log.read_text()

    def start(self) -> None:
        """Start the process and wait until it is ready."""
        self._process = Process(self.name, log=self._log, **self._environment)
        self._process.wait_ready()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, wait for the end, give the exit code."""
        process, self._process = self._process, None
        return process.stop(how) if process else 0

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
    variables = {"PATH": os.environ["PATH"], "DATA_DIR": str(folder), **environment}
    with TemporaryDirectory() as place:
        log = Path(place) / "log"
        code = Program([name], variables, log, log).wait(TIMEOUT_S)
        output = log.read_text()
    if code != REFUSED:
        raise AssertionError(f"{name} ended with {code}: {output}")
    return output
