"""A command loads what it needs and no more: a list of commands needs no client."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from orderstream.cli import app
from orderstream.on_demand import Announced, says_of_itself

CLIENTS = {"aiokafka", "asyncpg", "faust", "grpc", "httpx", "sqlalchemy"}
SERVERS = {"fastapi", "starlette", "uvicorn"}
HEAVY = CLIENTS | SERVERS | {"messaging", "supervisor"}
LISTING = HEAVY | {"events", "pydantic", "pydantic_settings", "structlog", "prometheus_client"}
"""What even a listing need not read: settings and events."""
STARTED = """
import sys
from orderstream.__main__ import main
try:
    main()
finally:
    print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("arguments", "needless"),
    [
        pytest.param(["--help"], LISTING, id="help"),
        pytest.param(
            ["token", "--help"], {"aiokafka", "asyncpg", "faust", "sqlalchemy"}, id="token"
        ),
        pytest.param(["status"], HEAVY - {"supervisor"}, id="status"),
    ],
)
def test_a_start_loads_nothing_that_it_has_no_use_for(
    arguments: list[str], needless: set[str], tmp_path: Path
) -> None:
    started = subprocess.run(
        [sys.executable, "-c", STARTED, *arguments],
        env=os.environ | {"ORDERSTREAM_STATE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    loaded = set(started.stderr.splitlines()[-1].split())
    assert "orderstream" in loaded
    assert loaded & needless == set()


def test_what_is_listed_of_a_command_is_what_the_command_says() -> None:
    for name, command in typer.main.get_group(app).commands.items():
        assert isinstance(command, Announced)
        assert command.loaded.name == name
        if not command.hidden:
            assert command.help == command.loaded.help


@pytest.mark.parametrize("module", ["orderstream.cli", "orderstream.commands.nothing"])
def test_a_module_that_is_no_command_cannot_be_listed(module: str) -> None:
    with pytest.raises((AttributeError, ModuleNotFoundError), match=module):
        says_of_itself(module)
