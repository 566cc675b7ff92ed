"""Whatever is typed, and whatever lies about: a command says in words what is wrong, and never shows a traceback.

The commands are taken from the application itself, with all that each of them can be told. Nothing runs here.
"""

import itertools
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from orderstream.bench import running
from orderstream.cli import app
from orderstream.commands import demo
from orderstream.maps import atlas
from stack import loading
from typer.core import TyperArgument, TyperGroup
from typer.testing import CliRunner, Result

Typed = Callable[..., Result]
ODD = (
    "", " ", "-1", "0", "9" * 30, "1e309", "nan", "\x1b[31m\x07", "\u202e", "x" * 5000, "2026-13-45",
    "ord_" + 32 * "0", "[bold]", "%s{}", "last", "\udcff", "/dev/null/x", "/dev/zero",
)  # fmt: skip
ENDS = {0, 1, 2, 130}
WITHOUT_END = {"logs": {"follow"}}
"""What goes on until Ctrl-C, also where nothing runs."""
STARTING = frozenset({"up", "demo", "bench", "prepare"})
"""What would start something, or write: none of that where the state folder is a file."""


def leaves(command: Any, *path: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that does something, with the words by which it is called."""
    loaded = getattr(command, "loaded", command)
    if isinstance(loaded, TyperGroup):
        for name, one in loaded.commands.items():
            yield from leaves(one, *path, name)
    else:
        yield path, loaded


EVERY = list(leaves(typer.main.get_group(app)))


def calls(path: tuple[str, ...], command: Any) -> Iterator[list[str]]:
    """The command with nothing, with what it needs, and with each odd value for each thing that it takes."""
    asked = [
        one for one in command.params if one.name not in {"help", *WITHOUT_END.get(path[0], ())}
    ]
    arguments = [one for one in asked if isinstance(one, TyperArgument)]
    options = [one for one in asked if not isinstance(one, TyperArgument)]
    needed = [f"{one.opts[0]}=1" for one in options if one.required]
    usual = ["last" for one in arguments if one.required]
    yield []
    yield [*needed, *usual]
    for option in options:
        if option.is_flag:
            yield from ([*needed, name, *usual] for name in (*option.opts, *option.secondary_opts))
        else:
            yield from ([*needed, f"{option.opts[0]}={odd}", *usual] for odd in ODD)
    for argument, odd in itertools.product(arguments, ODD):
        yield [*needed, "--", *(odd if one is argument else "last" for one in arguments)]


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Types a command; what is shown of it is words, and its exit code means something."""
    monkeypatch.setattr(loading, "ENV_FILE", tmp_path / ".env")
    monkeypatch.setenv("ORDERSTREAM_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(atlas, "write", lambda *_: [])  # of this checkout, nothing is to change
    planned = cache(demo.plan_first_day)
    monkeypatch.setattr(demo, "plan_first_day", planned)  # the real file takes a while to read
    for name in ("orders", "gateway", "strangers", "streams"):  # they have a system of their own
        monkeypatch.setattr(running, f"measure_{name}", lambda *_: None)

    def type_(*words: str, **environment: str) -> Result:
        result = CliRunner().invoke(app, words, env=environment)
        assert result.exception is None or isinstance(result.exception, SystemExit), words
        assert result.exit_code in ENDS, words
        assert "Traceback" not in result.output, words
        assert not {*map(ord, result.output)} & {*range(9), *range(11, 32), 127}, words
        if result.exit_code == 1:
            assert result.stderr.strip(), words
        return result

    return type_


@pytest.mark.parametrize(("path", "command"), EVERY, ids=[" ".join(path) for path, _ in EVERY])
def test_odd_values_are_refused_in_words(
    typed: Typed, tmp_path: Path, path: tuple[str, ...], command: Any
) -> None:
    if path[0] in STARTING:
        (tmp_path / "state").touch()
    for words in calls(path, command):
        typed(*path, *words)
