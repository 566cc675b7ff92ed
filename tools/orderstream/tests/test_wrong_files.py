"""A file or folder that cannot be used is told in a line that names it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from orderstream.cli import app
from stack import Process, Settings, SettingsError, check_free, down, up
from stack.kafka_install import download_jars, jar_folder
from typer.testing import CliRunner


def test_a_cache_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(SettingsError, match=r"the cache .*/file/.*XDG_CACHE_HOME.*: Not a direct"):
        download_jars()


def test_a_cache_that_java_cannot_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a:b"))
    with pytest.raises(SettingsError, match=r"the cache .*a:b.* cannot be used"):
        download_jars()
    assert not (tmp_path / "a:b").exists()


def test_a_relative_cache_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    usual = jar_folder()
    monkeypatch.setenv("XDG_CACHE_HOME", "somewhere")
    assert jar_folder() == usual


@pytest.mark.process
@pytest.mark.parametrize("content", ["", "{}", "[1", "\x00"])
async def test_a_record_of_what_runs_that_cannot_be_read_is_named(
    settings: Settings,
    site: Callable[[str], Process],
    monkeypatch: pytest.MonkeyPatch,
    content: str,
) -> None:
    system = await up(settings, [site("psp")])
    system.folders.running.write_text(content)
    monkeypatch.setenv("ORDERSTREAM_STATE_DIR", str(settings.state_dir))
    result = await asyncio.to_thread(CliRunner().invoke, app, ["status"])
    assert result.exit_code == 1
    assert result.stderr.startswith(f"{system.folders.running} cannot be read")
    assert result.stderr.count("\n") == 1
    assert await down(settings.state_dir)
    check_free(system.processes[0].ports)


@pytest.mark.parametrize("command", ["demo", "load"])
def test_a_file_that_holds_no_orders_is_reported_in_a_line(command: str, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("InvoiceNo;StockCode\n")
    refused = CliRunner().invoke(app, [command, "--file", str(file)])
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr.count("\n") == 1
    assert "line 1: the columns are separated by semicolons" in refused.stderr
