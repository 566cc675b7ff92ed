"""The maps say what the code says, and no one can forget to draw them again."""

from pathlib import Path

import pytest
from orderstream.cli import app
from orderstream.maps.atlas import compare, write
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


def test_a_map_that_the_code_has_outgrown_is_reported_with_what_changed(folder):
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


def test_a_canvas_that_the_code_has_outgrown_is_drawn_again_and_the_rest_of_its_page_stays(
    tmp_path,
):
    maps, readme = tmp_path / "docs/maps", tmp_path / "services/payment/README.md"
    maps.mkdir(parents=True)
    readme.parent.mkdir(parents=True)
    readme.write_text((MAPS.parents[1] / "services/payment/README.md").read_text())
    write(maps)
    drawn = readme.read_text()
    assert "`AuthorizePayment`" in drawn
    readme.write_text(drawn.replace("`AuthorizePayment`", "`GiveMoney`"))
    assert [stale.name for stale in compare(maps)] == ["payment/README.md"]
    assert write(maps) == [readme]
    assert readme.read_text() == drawn


def test_a_page_without_a_canvas_gets_one(tmp_path):
    maps, readme = tmp_path / "docs/maps", tmp_path / "libs/reading/README.md"
    maps.mkdir(parents=True)
    readme.parent.mkdir(parents=True)
    readme.write_text("# reading\n")
    write(maps)
    assert readme.read_text().startswith("# reading\n\n## Canvas\n\n<!-- canvas: ")
    assert compare(maps) == []


def test_a_folder_that_is_not_there_is_reported(tmp_path):
    result = CliRunner().invoke(app, ["maps", "--check", "--folder", str(tmp_path / "nowhere")])
    assert result.exit_code == 1
    assert "Run this in the repository" in result.output
