"""The maps say what the code says, and nobody can forget to draw them again."""

from pathlib import Path

import pytest
from orderstream.cli import app
from orderstream.maps import compare, write
from typer.testing import CliRunner

MAPS = Path(__file__).parents[3] / "docs/maps"


@pytest.fixture
def folder(tmp_path):
    write(tmp_path)
    return tmp_path


def test_the_maps_are_true():
    assert compare(MAPS) == []


def test_drawing_twice_changes_nothing(folder):
    assert write(folder) == []


def test_a_true_map_passes_the_check(folder):
    result = CliRunner().invoke(app, ["maps", "--check", "--folder", str(folder)])
    assert (result.exit_code, result.output) == (0, "")


def test_a_map_that_the_code_has_outgrown_is_told_with_what_changed(folder):
    path = folder / "lifecycles.md"
    path.write_text(path.read_text().replace("reserved --> committed", "reserved --> lost"))
    result = CliRunner().invoke(app, ["maps", "--check", "--folder", str(folder)])
    assert result.exit_code == 1
    assert "lifecycles.md: 1 lines to add, 1 to remove" in result.output
    assert "-     reserved --> lost" in result.output
    assert "+     reserved --> committed" in result.output
    assert "orderstream maps" in result.output


def test_a_missing_map_is_stale(folder):
    (folder / "topics.md").unlink()
    assert [stale.name for stale in compare(folder)] == ["topics.md"]


def test_a_folder_that_is_not_there_is_told(tmp_path):
    result = CliRunner().invoke(app, ["maps", "--check", "--folder", str(tmp_path / "nowhere")])
    assert result.exit_code == 1
    assert "Run this in the repository" in result.output
