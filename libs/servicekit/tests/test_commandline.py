import sys
from pathlib import Path

import pytest
from servicekit import CannotStartError, main, migrations


@pytest.fixture
def command(monkeypatch):
    """Run `python -m shop` with arguments; returns what the roles did."""
    done: list[object] = []

    def worker() -> None:
        """Consume and handle.

        More that only `worker --help` shows.
        """
        done.append("worker")

    def take_stock(file: Path, times: int) -> None:
        """Fill the shelves."""
        done.append((file, times))

    def api() -> None:
        """Answer."""
        raise CannotStartError("no database at db:5432/shop after 30 s")

    def run(*arguments: str) -> list[object]:
        monkeypatch.setattr(sys, "argv", ["shop", *arguments])
        main("shop", "The shop sells.", worker, take_stock, api)
        return done

    return run


def test_the_named_role_runs(command):
    assert command("worker") == ["worker"]


def test_a_roles_parameters_are_arguments_of_the_command(command):
    assert command("take-stock", "shelves.json", "2") == [(Path("shelves.json"), 2)]


def test_every_service_can_migrate(command, monkeypatch):
    migrated: list[str] = []
    monkeypatch.setattr(migrations, "migrate", migrated.append)
    command("migrate")
    assert migrated == ["shop"]


def test_help_lists_the_roles_in_their_own_words(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        command("--help")
    assert stopped.value.code == 0
    words = capsys.readouterr().out
    for expected in ("python -m shop", "The shop sells.", "Consume and handle.", "take-stock"):
        assert expected in words
    assert "More that only" not in words


@pytest.mark.parametrize("arguments", [["wroker"], []])
def test_a_wrong_or_missing_role_is_answered_with_the_right_ones(command, capsys, arguments):
    with pytest.raises(SystemExit) as stopped:
        command(*arguments)
    assert stopped.value.code == 2
    words = capsys.readouterr().err
    for role in ("worker", "take-stock", "api", "migrate"):
        assert role in words


def test_a_missing_argument_is_named(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        command("take-stock", "shelves.json")
    assert stopped.value.code == 2
    assert "TIMES" in capsys.readouterr().err


def test_a_reason_of_several_lines_becomes_one(command, capsys, monkeypatch):
    def migrate(_: str) -> None:
        raise CannotStartError("no database\n(Background on this error at: somewhere)")

    monkeypatch.setattr(migrations, "migrate", migrate)
    with pytest.raises(SystemExit):
        command("migrate")
    stderr = capsys.readouterr().err
    assert stderr == "python -m shop: no database (Background on this error at: somewhere)\n"


def test_a_process_that_cannot_start_says_why_in_one_line(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        command("api")
    assert stopped.value.code == 2
    assert capsys.readouterr().err == "python -m shop: no database at db:5432/shop after 30 s\n"
