"""What contributors meet first is true: named files exist, templates load, the bot watches every kind of version."""

import json
import re

import pytest
import yaml
from architecture.tree import ROOT

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
# `docs/faults.md`, `libs/events`: what begins with a folder of this repository and is no pattern.
NAMED = re.compile(r"`((?:docs|libs|observability|services|simulators|tests|tools)/[\w./-]+)`")
WATCHED = {"github-actions", "pip", "docker", "docker-compose"}


@pytest.mark.parametrize("path", sorted(set(NAMED.findall(CONTRIBUTING))))
def test_every_file_that_contributing_names_exists(path):
    assert (ROOT / path).exists()


def test_every_owned_path_exists():
    lines = (ROOT / ".github/CODEOWNERS").read_text().splitlines()
    owned = [line.split() for line in lines if line and not line.startswith("#")]
    assert owned[0][0] == "*"
    assert all(owner.startswith("@") for _, *owners in owned for owner in owners)
    assert [path for path, *_ in owned[1:] if not (ROOT / path.strip("/")).exists()] == []


def test_the_bot_watches_every_kind_of_version_and_only_folders_that_have_one():
    updates = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text())["updates"]
    assert {one["package-ecosystem"] for one in updates} == WATCHED
    for one in updates:
        for folder in one.get("directories", [one.get("directory")]):
            assert (ROOT / folder.strip("/")).is_dir()


def test_an_issue_form_asks_for_something():
    forms = {*(ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml")}
    assert {form.name for form in forms} == {"bug.yml", "config.yml", "feature.yml"}
    for form in forms - {ROOT / ".github/ISSUE_TEMPLATE/config.yml"}:
        assert any(
            field.get("validations", {}).get("required")
            for field in yaml.safe_load(form.read_text())["body"]
        )


def test_the_dev_container_ends_with_a_running_system_whose_ports_are_reached():
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())
    assert container["postStartCommand"] == "make up"
    ports = set(map(int, re.findall(r"_PORT=(\d+)", (ROOT / ".env.example").read_text())))
    assert set(container["forwardPorts"]) <= ports


def test_the_changelog_has_the_version_that_the_packages_have():
    (newest, *_) = re.findall(r"^## (\S+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    versions = {
        version
        for path in ROOT.glob("*/*/pyproject.toml")
        for version in re.findall(r'^version = "(.+)"$', path.read_text(), re.MULTILINE)
    }
    assert versions == {newest}
