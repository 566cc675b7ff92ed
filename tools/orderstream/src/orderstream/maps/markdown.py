"""Markdown as the maps need it: a page, a table, a diagram, a first sentence."""

import inspect
from collections.abc import Iterable, Sequence

NOTICE = "<!-- Drawn from the code by `orderstream maps`. Do not edit: `make check` compares. -->"


def page(title: str, *parts: str) -> str:
    """A page: its title and its parts, a blank line between them."""
    return "\n\n".join((NOTICE, f"# {title}", *parts)) + "\n"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; empty cells get a dash."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(cell or "-" for cell in line) + " |" for line in lines)


def mermaid(kind: str, lines: Iterable[str]) -> str:
    """A diagram as text."""
    return "\n".join(["```mermaid", kind, *(f"    {line}" for line in lines), "```"])


def code(names: Iterable[str]) -> str:
    """Names as code, one under the other within a cell."""
    return "<br>".join(f"`{name}`" for name in names)


def first_sentence(thing: object) -> str:
    """What a class or function says of itself, in one sentence."""
    paragraph = (inspect.getdoc(thing) or "").split("\n\n")[0]
    return " ".join(paragraph.split())
