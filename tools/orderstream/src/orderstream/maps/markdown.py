"""Markdown as the maps need it: a page, a table, a diagram, a first sentence."""

import inspect
from collections.abc import Iterable, Sequence

NOTICE = "<!-- Drawn from the code by `orderstream maps`. Do not edit: `make check` compares. -->"


def page(title: str, *parts: str) -> str:
    """Return a page: its title and its parts, with blank lines between them."""
    return "\n\n".join((NOTICE, f"# {title}", *parts)) + "\n"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; empty cells get a dash."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(cell or "-" for cell in line) + " |" for line in lines)


def mermaid(kind: str, lines: Iterable[str]) -> str:
    """Return a diagram as text."""
    return "\n".join(["```mermaid", kind, *(f"    {line}" for line in lines), "```"])


def code(names: Iterable[str]) -> str:
    """Return names as code, one under the other within a cell."""
    return "<br>".join(f"`{name}`" for name in names)


def first_sentence(thing: object) -> str:
    """Return the first paragraph of a docstring, on one line."""
    paragraph = (inspect.getdoc(thing) or "").split("\n\n")[0]
    return " ".join(paragraph.split())
