"""Whatever lies where a command looks, and wherever its output goes: told in words, never by a traceback."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from orderstream.cli import app
from stack import loading
from typer.testing import CliRunner, Result

JUNK = b"\xff\xfe\x00\x1b[31m"
CORRUPT = (
    "running.json",
    "supervisord.pid",
    "supervisord.conf",
    "currency",
    "catalogue.json",
    "logs/psp.log",
)
LOOKING = (["status"], ["down"], ["logs"], ["topics"], ["reset"], ["stock"], ["metrics", "--once"])
SEEDS = {
    "nothing": b"",
    "bytes": JUNK,
    "a header alone": b"InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\r\n",
    "another table": b"a,b,c\n1,2,3\n",
    "an open quote": b'InvoiceNo,"StockCode\n',
    "an empty list": b"[]",
    "half of JSON": b'{"products": [',
    "JSON of something": b'{"products": {"a": null}, "currency": 7}',
    "JSON within JSON": b"[" * 100_000,
    "a number without end": b'{"currency": ' + 5000 * b"9" + b"}",
    "half of a gzip": b"\x1f\x8b\x08\x00",
}  # fmt: skip
ENV_FILES = {
    "bytes": JUNK,
    "no assignment": b"what is this",
    "an unknown name": b"ORDERSTREAM_PORTS=1",
}
Typed = Callable[..., Result]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    (folder / "logs").mkdir(parents=True)
    return folder


@pytest.fixture
def typed(state: Path, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Types a command that is to fail in words, with one of these exit codes."""
    monkeypatch.setattr(loading, "ENV_FILE", state.parent / ".env")
    monkeypatch.setenv("ORDERSTREAM_STATE_DIR", str(state))

    def type_(*words: str, codes: tuple[int, ...] = (2,), **environment: str) -> Result:
        result = CliRunner().invoke(app, words, env=environment)
        assert result.exception is None or isinstance(result.exception, SystemExit), words
        assert result.exit_code in codes, result.output
        assert not {*map(ord, result.stderr)} & {*range(9), *range(11, 32), 127}
        return result

    return type_


@pytest.mark.parametrize("content", ENV_FILES.values(), ids=ENV_FILES)
def test_junk_in_the_env_file_is_told_with_its_place(
    typed: Typed, state: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    (state.parent / ".env").write_bytes(content)
    assert str(state.parent / ".env") in typed("status").stderr.replace("\n", "")


@pytest.mark.parametrize("name", CORRUPT)
@pytest.mark.parametrize("words", LOOKING, ids=" ".join)
def test_a_state_file_may_hold_anything(
    typed: Typed, state: Path, words: list[str], name: str
) -> None:
    (state / name).write_bytes(JUNK)
    typed(*words, codes=(0, 1, 2))
    (state / name).unlink(missing_ok=True)  # `down` has removed some
    (state / name).mkdir()
    typed(*words, codes=(0, 1, 2))


@pytest.mark.parametrize("content", SEEDS.values(), ids=SEEDS)
def test_a_file_of_orders_may_hold_anything(typed: Typed, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "orders.csv"
    file.write_bytes(content)
    assert "orders.csv" in typed("load", f"--file={file}").stderr


@pytest.mark.parametrize("content", SEEDS.values(), ids=SEEDS)
def test_a_seed_file_may_hold_anything(typed: Typed, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "seed.csv"
    file.write_bytes(content)
    assert typed("prepare", codes=(1, 2), ORDERSTREAM_SEED_FILE=str(file)).stderr


def test_a_folder_of_somebody_else_is_named(typed: Typed) -> None:
    assert "/proc/" in typed("up", ORDERSTREAM_STATE_DIR="/proc/1/state").stderr


def test_a_narrow_terminal_is_no_failure(typed: Typed) -> None:
    for words in (["--help"], ["order", "--help"], ["dead-letters", "--help"]):
        typed(*words, codes=(0,), COLUMNS="20")


@pytest.fixture
def environment(state: Path) -> Mapping[str, str]:
    return os.environ | {"ORDERSTREAM_STATE_DIR": str(state), "COLUMNS": "80"}


def ends(words: list[str], environment: Mapping[str, str], output: int) -> tuple[int, str]:
    """How a command of its own process ends whose output goes there, and what it complains of."""
    command = [sys.executable, "-m", "orderstream", *words]
    run = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE, check=False
    )  # fmt: skip
    return run.returncode, run.stderr.decode()


@pytest.fixture
def closed_pipe() -> Iterator[int]:
    """The end of a pipe whose reader has left, as behind `| head -1`."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


@pytest.mark.parametrize("words", [["--help"], ["down"], ["logs", "--help"]], ids=" ".join)
def test_a_reader_that_has_left_is_no_failure_to_be_told(
    environment: Mapping[str, str], closed_pipe: int, words: list[str]
) -> None:
    code, told = ends(words, environment, closed_pipe)
    assert (code, told) == (1, "")


@pytest.mark.parametrize("words", [["--help"], ["down"], ["logs", "--help"]], ids=" ".join)
def test_a_full_disk_is_told_in_a_line(environment: Mapping[str, str], words: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        code, told = ends(words, environment, full.fileno())
    assert (code, told) == (1, "What should be printed: No space left on device\n")


INTERRUPTED = """
import os, signal, sys
class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == PLACE:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupt())
from orderstream.__main__ import main
main()
"""


@pytest.mark.parametrize(
    "place", ["orderstream.cli", "rich.console", "orderstream.commands.status", "stack.loading"]
)
def test_ctrl_c_ends_a_start_without_a_word(environment: Mapping[str, str], place: str) -> None:
    start = INTERRUPTED.replace("PLACE", repr(place))
    command = [sys.executable, "-c", start, "status"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr.strip()) == (130, "")


def test_ctrl_c_ends_what_goes_on_without_end(environment: Mapping[str, str], state: Path) -> None:
    (state / "logs" / "psp.log").write_text('{"event": "seen"}\n')
    command = [sys.executable, "-m", "orderstream", "logs", "--follow"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as following:  # fmt: skip
        assert following.stdout is not None
        assert following.stdout.readline()
        following.send_signal(signal.SIGINT)
        _, told = following.communicate()
    assert following.returncode == 130
    assert "Traceback" not in told
