"""What the pages claim is there: every link leads somewhere, every command shown exists."""

import re
import shlex
from functools import cache
from pathlib import Path

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
COMMANDS = typer.main.get_command(app).commands
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
    """The calls of a program that the pages show: where and how, and their arguments."""
    return [
        (f"{page.name}: {line}", shlex.split(line)[1:])
        for page in PAGES
        for line in commands_of(page)
        if line.split()[0].removeprefix(".venv/bin/") == program
    ]


def test_every_link_leads_somewhere():
    links = [(page, link) for page in PAGES for link in LINK.findall(page.read_text())]
    assert [
        (name(page), link)
        for page, link in links
        if "://" not in link and not (page.parent / link).exists()
    ] == []


def test_every_anchor_is_a_heading():
    links = [(page, *link) for page in PAGES for link in ANCHOR.findall(page.read_text())]
    assert [
        (name(page), path, anchor)
        for page, path, anchor in links
        if (target := page.parent / path if path else page).suffix == ".md"
        and anchor not in anchors(target)
    ] == []


@cache
def anchors(page):
    return {slug(heading) for heading in HEADING.findall(page.read_text())}


def slug(heading):
    """The anchor that GitHub makes of a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_every_make_target_shown_exists():
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    asked = {call: {word for word in words if "=" not in word} for call, words in shown("make")}
    assert {call: words - targets for call, words in asked.items() if words - targets} == {}


def test_every_orderstream_command_shown_exists_with_its_options():
    unknown = {call: unknown_words(*arguments) for call, arguments in shown("orderstream")}
    assert {call: words for call, words in unknown.items() if words} == {}


def unknown_words(first, *others):
    """What a command that is shown does not know: itself under this name, or its options."""
    if first == "--help":
        return set()
    announced = COMMANDS.get(first)
    if announced is None or announced.hidden:  # hidden is the old name of a command
        return {first}
    command = announced.loaded
    if isinstance(command, TyperGroup) and others:
        if others[0] not in command.commands:
            return {others[0]}
        command = command.commands[others[0]]
    options = {word.split("=")[0] for word in others if word.startswith("-")}
    return options - {
        option
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }


def test_every_container_and_command_that_docker_is_asked_for_exists():
    composed = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    profiles = {one for service in composed.values() for one in service.get("profiles", ())}
    there = composed.keys() | profiles | VERBS
    assert [call for call, words in shown("docker") if not docker_knows(words, there)] == []


def docker_knows(arguments, there):
    compose, *words = (word for word in arguments if not word.startswith("-"))
    if "orderstream" in words:
        return (compose, *words[:2]) == ("compose", "run", "orderstream") and words[2] in COMMANDS
    return compose == "compose" and {word.partition("=")[0] for word in words} <= there


def test_the_pages_were_found():
    assert {"README.md", "CONTRIBUTING.md", "docs/glossary.md"} <= {name(page) for page in PAGES}
    assert shown("make")
    assert shown("orderstream")


def test_a_decision_is_short_and_complete():
    decisions = {page.name: page.read_text() for page in ROOT.glob("docs/decisions/0*.md")}
    assert decisions
    long = [page for page, text in decisions.items() if len(text.splitlines()) > LONGEST_DECISION]
    assert long == []
    assert [
        (page, heading)
        for page, text in decisions.items()
        for heading in ("Context", "Decision", "Consequences", "Alternatives", "Revisit when")
        if f"\n## {heading}\n" not in text
    ] == []
