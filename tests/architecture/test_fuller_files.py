"""A file of the tools holds one whole idea: neither a part of one, nor several of them."""

import ast
from collections import defaultdict
from functools import cache
from pathlib import Path

from architecture.tree import ROOT, Package, packages

A_PART = 60
"""Up to so many lines, what a single file imports is a part of that file's idea."""
SEVERAL = 300
TOOLS = [package for kind in ("tools", "data") for package in packages(kind)]
LOOKED_FOR_BY_NAME = {"commands", "testkit"}
"""A command is found by its name, and a test's help by what it helps with."""


def modules(package: Package) -> dict[str, Path]:
    """Every module of a package by its dotted name, but those that Python itself looks for."""
    return {
        ".".join((package.name, *path.relative_to(package.folder).with_suffix("").parts)): path
        for path in package.files()
        if not path.name.startswith("__")
    }


@cache
def importers() -> dict[str, set[Path]]:
    """The source files and tests that import from each module."""
    found: defaultdict[str, set[Path]] = defaultdict(set)
    for kind in ("tools", "data", "tests"):
        for path in (ROOT / kind).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ImportFrom) and node.module:
                    found[node.module].add(path)
                    for alias in node.names:
                        found[f"{node.module}.{alias.name}"].add(path)
    return found


def test_a_short_file_that_one_other_uses_is_a_part_of_that_one() -> None:
    assert [
        f"{path.relative_to(ROOT)} belongs into {next(iter(importers()[name])).name}"
        for package in TOOLS
        for name, path in modules(package).items()
        if not LOOKED_FOR_BY_NAME & set(name.split("."))
        if len(importers()[name]) == 1 and len(path.read_text().splitlines()) <= A_PART
    ] == []


def test_no_file_is_so_long_that_it_holds_several_ideas() -> None:
    lengths = {path: len(path.read_text().splitlines()) for p in TOOLS for path in p.files()}
    assert [str(path.relative_to(ROOT)) for path, lines in lengths.items() if lines > SEVERAL] == []
