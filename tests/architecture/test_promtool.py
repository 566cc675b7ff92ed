"""Prometheus' own tool takes the alerts, its configuration and every query of the dashboard."""

import json
import subprocess
from typing import Any

import pytest
import yaml
from e2e.composing import no_engine
from launcher.environment import PROJECT_ROOT
from orderstream.maps.dashboard import DASHBOARD

pytestmark = pytest.mark.container
RATES = ("$__rate_interval", "1m")
"""Grafana chooses how far a rate looks back."""


@pytest.fixture(scope="module", autouse=True)
def engine() -> None:
    if missing := no_engine():
        pytest.skip(f"not asked of Prometheus' image: {missing}")


def run(*command: str, told: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=PROJECT_ROOT, input=told, capture_output=True, text=True, check=False
    )


def promtool(*arguments: str, told: str) -> subprocess.CompletedProcess[str]:
    """Run it in the image that the containers have, with something to read."""
    composed = yaml.safe_load((PROJECT_ROOT / "docker-compose.yml").read_text())["services"]
    image = composed["prometheus"]["image"]
    command = ("docker", "run", "--rm", "--interactive", "--entrypoint", "promtool", image)
    return run(*command, *arguments, told=told)


def queries() -> list[str]:
    panels = json.loads((PROJECT_ROOT / DASHBOARD).read_text())["panels"]
    targets = [target for panel in panels for target in panel.get("targets", ())]
    return [target["expr"].replace(*RATES) for target in targets]


def as_rules(expressions: list[str]) -> str:
    rules: list[dict[str, Any]] = [
        {"record": f"query_{number}", "expr": one} for number, one in enumerate(expressions)
    ]
    return yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]})


def test_make_has_the_alerts_checked_and_tried() -> None:
    done = run("make", "alerts")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "prometheus.yml is valid" in done.stdout
    assert "11 rules found" in done.stdout
    assert "Unit Testing:  alerts_test.yml\n  SUCCESS" in done.stdout


def test_every_query_of_the_dashboard_is_one() -> None:
    done = promtool("check", "rules", told=as_rules(queries()))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(queries())} rules found" in done.stdout


def test_what_is_no_query_is_refused() -> None:
    assert promtool("check", "rules", told=as_rules(["sum by service (up"])).returncode != 0
