"""The pictures drawn by hand show what there is: every process of the deployment, the files of a service."""

import re
from pathlib import Path

import yaml
from architecture.tree import packages

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text()
COMPOSED = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
# A job runs once; what a profile adds is not part of the system.
JOBS = ("migrate", "seed", "prepare")
CONSUMING = [one for one in packages("services") if (one.folder / "handlers.py").exists()]


def picture(heading: str) -> str:
    """Return the diagram under a heading of the page."""
    section = PAGE.partition(f". {heading}\n")[2].partition("\n## ")[0]
    (found,) = re.findall(r"```mermaid\n(.*?)```", section, re.DOTALL)
    return str(found)


def test_the_deployment_shows_every_process_and_no_other():
    lasting = {
        name
        for name, service in COMPOSED.items()
        if not name.endswith(JOBS) and not service.get("profiles")
    }
    nodes = set(
        re.findall(
            r"[a-z]+(?:-[a-z]+)*", re.sub(r"\|[^|]*\||\[.*?\]|\(.*?\)", " ", picture("Deployment"))
        )
    )
    assert lasting <= nodes
    words = {"flowchart", "subgraph", "end", "client", "workers", "outside"}
    assert nodes - lasting - words == set()


def test_the_anatomy_names_files_that_a_service_has():
    named = set(re.findall(r"\b\w+\.py\b", picture("A service's anatomy")))
    assert {"agents.py", "handlers.py"} <= named
    payment = next(one for one in CONSUMING if one.name == "payment")
    assert [name for name in sorted(named) if not (payment.folder / name).exists()] == []


def test_there_are_six_pictures():
    assert re.findall(r"^## (\d)\.", PAGE, re.MULTILINE) == list("123456")


def test_every_diagram_can_be_drawn():
    pages = [*ROOT.glob("docs/**/*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    assert [page for page in pages if not can_be_drawn(page.read_text())] == []


def can_be_drawn(text: str) -> bool:
    """Tell whether each block of a page has its end, and no diagram a semicolon, which ends a statement."""
    diagrams = re.findall(r"```mermaid\n(.*?)```", text, re.DOTALL)
    return text.count("```") % 2 == 0 and not any(";" in one for one in diagrams)
