from collections.abc import Iterator
from itertools import count

import pytest
from testkit.simulators import Simulator, running

_numbers = count(1)


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    folder = tmp_path_factory.mktemp("psp")
    with running("psp", folder, LATENCY_MS_MAX="0", SLOW_MS="400") as simulator:
        yield simulator


@pytest.fixture
def psp(process: Simulator) -> Simulator:
    process.http.post("/admin/reset").raise_for_status()
    return process


@pytest.fixture
def order_id() -> str:
    return f"ord_{next(_numbers):032x}"
