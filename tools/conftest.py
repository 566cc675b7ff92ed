import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from stack import Layer, Process, Settings, find, free_ports, load, wipe
from testkit.waiting import TIMEOUT_S

Site = Callable[[str], Process]


@pytest.fixture
async def settings(tmp_path) -> AsyncIterator[Settings]:
    """A private state folder and ports; whatever was started there is stopped."""
    settings = load(state_dir=tmp_path / "state", start_seconds=TIMEOUT_S, **free_ports())
    yield settings
    await wipe(settings.state_dir)
    assert find(settings.state_dir) is None


@pytest.fixture
def site(settings: Settings, tmp_path: Path) -> Site:
    """Makes small processes that answer /readyz with 200, at the ports of simulators."""
    (tmp_path / "readyz").write_text("ready")

    def make(name: str) -> Process:
        port = getattr(settings, f"{name}_port")
        where = ("--bind", "127.0.0.1", "--directory", str(tmp_path))
        return Process(
            name=name,
            layer=Layer.SIMULATORS,
            argv=(sys.executable, "-m", "http.server", str(port), *where),
            ports={port: f"{name}_port"},
        )

    return make
