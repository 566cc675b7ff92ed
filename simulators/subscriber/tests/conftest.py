from collections.abc import Iterator

import pytest
from testkit.simulators import Simulator, running


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running("subscriber", tmp_path_factory.mktemp("subscriber")) as simulator:
        yield simulator


@pytest.fixture
def subscriber(process: Simulator) -> Simulator:
    process.http.post("/admin/reset").raise_for_status()
    return process
