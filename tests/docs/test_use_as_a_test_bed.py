"""What the page for QA engineers names is there; its test is run by tests/e2e."""

import re
from pathlib import Path

import yaml
from fault_injection import CATALOGUE

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "use-as-a-test-bed.md").read_text()
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"
MAKE = re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_every_container_named_is_one_of_the_compose_file():
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    named = re.findall(r"docker compose (?:build|up -d|run --rm) (\S+)", PAGE)
    assert named
    assert set(named) <= set(services)


def test_every_variable_named_is_a_choice():
    there = (ROOT / ".env.example").read_text() + "ORDERSTREAM_STATE_DIR ORDERSTREAM_SEED_FILE"
    named = set(re.findall(r"ORDERSTREAM_\w+", PAGE))
    assert named
    assert {name for name in named if name not in there} == set()


def test_every_plan_named_is_in_the_catalogue():
    (plan,) = re.findall(r'plan="(\w+)"', PAGE)
    assert plan in CATALOGUE


def test_ci_runs_targets_that_there_are_and_every_one_of_the_page():
    jobs = yaml.safe_load(WORKFLOW.read_text())["jobs"]
    targets = {job["with"]["target"] for job in jobs.values() if "with" in job}
    assert targets <= set(MAKE)
    tested = set(re.findall(r"^\| `make ([a-z0-9-]+)` \| ", PAGE, re.MULTILINE))
    assert tested
    assert tested | {"check"} == targets
