"""CI and the hooks run what anybody runs by hand, and nothing that could change under them."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from launcher.environment import PROJECT_ROOT

FOLDER = PROJECT_ROOT / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))
HOOKS = PROJECT_ROOT / ".pre-commit-config.yaml"
MAKEFILE = (PROJECT_ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z0-9-]+):", MAKEFILE, re.MULTILINE))
LANE = "./.github/workflows/lane.yml"
GREEN = "all-green"
USES = re.compile(r"^\s*(?:- )?uses:\s*(.+)$", re.MULTILINE)
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
EVERY_CHANGE = {"check", "test-fast", "test", "test-faults", "e2e", "test-containers"}
EVERY_NIGHT = {"soak", "mutants", "search"}


def jobs(name: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load((FOLDER / name).read_text())["jobs"]
    return found


def lanes(name: str) -> dict[str, str]:
    """The target of each job that is a lane."""
    return {
        job: body["with"]["target"] for job, body in jobs(name).items() if body.get("uses") == LANE
    }


def commands(file: Path) -> list[str]:
    """Every command of a workflow."""
    found = yaml.safe_load(file.read_text())["jobs"].values()
    return [step["run"] for job in found for step in job.get("steps", ()) if "run" in step]


def hooks() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(HOOKS.read_text())["repos"][0]["hooks"]
    return found


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_every_action_is_pinned_by_digest_and_says_its_version(file):
    used = USES.findall(file.read_text())
    assert used
    assert [one for one in used if one != LANE and not PINNED.fullmatch(one)] == []


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_a_workflow_may_read_the_source_and_nothing_else(file):
    assert yaml.safe_load(file.read_text())["permissions"] == {"contents": "read"}


def test_a_lane_keeps_no_credentials_where_a_test_could_read_them():
    (lane,) = jobs("lane.yml").values()
    checkout = next(one for one in lane["steps"] if "actions/checkout" in one.get("uses", ""))
    assert checkout["with"]["persist-credentials"] is False


def test_every_change_and_every_night_has_its_lanes():
    assert set(lanes("ci.yml").values()) == EVERY_CHANGE
    assert set(lanes("nightly.yml").values()) == EVERY_NIGHT


def test_the_fast_tests_run_on_the_oldest_and_the_newest_python():
    job = jobs("ci.yml")["test-fast"]
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.14"]
    assert job["with"]["python"] == "${{ matrix.python }}"


def test_whatever_ci_makes_exists():
    named = {*lanes("ci.yml").values(), *lanes("nightly.yml").values()}
    for file in WORKFLOWS:
        named |= set(re.findall(r"\bmake ([a-z][a-z0-9-]*)", "\n".join(commands(file))))
    assert named - TARGETS == set()


def test_all_is_green_when_each_lane_has_succeeded_and_not_when_one_was_skipped():
    ci = jobs("ci.yml")
    assert set(ci[GREEN]["needs"]) == set(ci) - {GREEN}
    assert ci[GREEN]["if"] == "always()"
    assert 'all(.[]; .result == "success")' in ci[GREEN]["steps"][0]["run"]


def test_before_a_push_a_hook_makes_what_ci_checks_and_before_a_commit_only_ruff_reads_what_has_changed():
    by_stage = {
        stage: [hook for hook in hooks() if hook["stages"] == [stage]]
        for stage in ("pre-commit", "pre-push")
    }
    assert sum(map(len, by_stage.values())) == len(hooks())
    made = [hook["entry"].removeprefix("make ") for hook in by_stage["pre-push"]]
    assert made == ["check"]
    assert set(made) <= TARGETS
    for hook in by_stage["pre-commit"]:
        subcommand = re.fullmatch(r"\.venv/bin/(ruff \w+) --force-exclude", hook["entry"])
        assert subcommand
        assert f"$(BIN)/{subcommand[1]} " in MAKEFILE
        assert hook.get("pass_filenames", True)


def test_what_needs_no_tests_is_checked_in_parts_of_which_each_is_a_target():
    (parts,) = re.findall(r"^check: (.+?) ##", MAKEFILE, re.MULTILINE)
    assert parts.split() == ["lint", "types", "contracts", "maps"]
    assert set(parts.split()) <= TARGETS
