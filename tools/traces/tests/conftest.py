from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import httpx
import pytest
from made_spans import MIB
from testkit.ports import free_port
from testkit.processes import Process, running
from traces.files import SpanFiles
from traces.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store of one MiB: a file is full at an eighth of it."""
    one = Store(SpanFiles(tmp_path, MIB))
    yield one
    one.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Process]]:
    """Start the process, on the same data each time; all of them are ended with the test."""
    started: list[Process] = []

    def begin(**environment: str) -> Process:
        told = {"HTTP_PORT": str(free_port()), "DATA_DIR": str(tmp_path / "data")}
        one = Process("traces", "serve", log=tmp_path / "log", **told, **environment)
        started.append(one)
        one.wait_ready()
        return one

    yield begin
    for one in started:
        one.close()


@pytest.fixture(scope="session")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterable[httpx.Client]:
    """Speaks with one process that these tests share."""
    folder = tmp_path_factory.mktemp("traces")
    told = {"HTTP_PORT": str(free_port()), "DATA_DIR": str(folder / "data")}
    with (
        running("traces", "serve", log=folder / "log", **told) as process,
        httpx.Client(base_url=process.url, timeout=60, trust_env=False) as client,
    ):
        yield client
