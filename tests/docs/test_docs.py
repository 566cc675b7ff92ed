"""What the pages claim is there: every link leads somewhere, every command shown exists."""

import re
import shlex
from pathlib import Path

import pytest
import typer
import yaml
from orderstream.cli import app
from typer.core import TyperGroup

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for page in {
        *(page for depth in ("*.md", "*/*.md", "*/*/*.md") for page in ROOT.glob(depth)),
        *ROOT.glob("docs/**/*.md"),
    }
    if not any(part.startswith(".") for part in page.relative_to(ROOT).parts)
)
LINK = re.compile(r"\]\(([^)#]+?)(?:#[^)]*)?\)")
ANCHOR = re.compile(r"\]\(([^)#:]*)#([^)]*)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
SHELL = re.compile(r"^```(?:sh|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:orderstream|make|python -m|docker compose) [^`\n]*)`")
LONGEST_DECISION = 60
VERBS = {"up", "down", "build", "logs", "restart", "ps", "stop", "start", "kill"}


def name(page):
    return str(page.relative_to(ROOT))


def commands_of(page):
    """Every command line that a page shows, without its comment."""
    text = page.read_text()
    blocks = [
        line.removeprefix("$ ") for block in SHELL.findall(text) for line in block.splitlines()
    ]
    for line in (*blocks, *INLINE.findall(text)):
        words = line.split(" #")[0].strip()
        if words:
            yield words


def shown(program):
    """The argument lists with which the pages call a program."""
    return [
        pytest.param(shlex.split(line)[1:], id=f"{page.name}: {line}")
        for page in PAGES
        for line in commands_of(page)
        if line.split()[0].removeprefix(".venv/bin/") == program
    ]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page):
    links = [link for link in LINK.findall(page.read_text()) if "://" not in link]
    missing = [link for link in links if not (page.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_anchor_is_a_heading(page):
    for path, anchor in ANCHOR.findall(page.read_text()):
        target = page.parent / path if path else page
        if target.suffix == ".md":
            assert anchor in {slug(heading) for heading in HEADING.findall(target.read_text())}


def slug(heading):
    """The anchor that GitHub makes of a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("arguments", shown("make"))
def test_every_make_target_shown_exists(arguments):
    targets = re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {word for word in arguments if "=" not in word} <= set(targets)


@pytest.mark.parametrize("arguments", shown("orderstream"))
def test_every_orderstream_command_shown_exists_with_its_options(arguments):
    commands = typer.main.get_command(app).commands
    if arguments == ["--help"]:
        return
    announced = commands[arguments[0]]
    assert not announced.hidden, "the old name of a command"
    command = announced.loaded
    if isinstance(command, TyperGroup) and len(arguments) > 1:
        command = command.commands[arguments[1]]
    known = {
        option
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    options = {word.split("=")[0] for word in arguments[1:] if word.startswith("-")}
    assert options <= known


@pytest.mark.parametrize("arguments", shown("docker"))
def test_every_container_and_command_that_docker_is_asked_for_exists(arguments):
    composed = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    assert arguments[0] == "compose"
    words = [word for word in arguments[1:] if not word.startswith("-")]
    if "orderstream" in words:
        assert words[:2] == ["run", "orderstream"]
        assert words[2] in typer.main.get_command(app).commands
    else:
        profiles = {one for service in composed.values() for one in service.get("profiles", ())}
        named = {word.partition("=")[0] for word in words if word not in VERBS}
        assert named <= composed.keys() | profiles


def test_the_pages_were_found():
    assert {"README.md", "CONTRIBUTING.md", "docs/glossary.md"} <= {name(page) for page in PAGES}
    assert shown("make")
    assert shown("orderstream")


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/decisions/0*.md")), ids=name)
def test_a_decision_is_short_and_complete(page):
    text = page.read_text()
    assert len(text.splitlines()) <= LONGEST_DECISION
    for heading in ("Context", "Decision", "Consequences", "Alternatives", "Revisit when"):
        assert f"\n## {heading}\n" in text
