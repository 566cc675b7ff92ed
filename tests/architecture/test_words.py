"""Everything public says what it is for, and nothing hides behind a name that means nothing."""

import ast
from pathlib import Path

import pytest
from architecture.tree import ROOT, all_packages

EMPTY_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "manager",
    "managers",
    "base",
    "common",
    "misc",
}
PACKAGES = all_packages()


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_public_module_class_and_function_has_a_docstring(package):
    silent = [
        f"{path.relative_to(ROOT)}: {name}" for path in package.files() for name in silent_in(path)
    ]
    assert silent == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_no_file_has_a_name_that_means_nothing(package):
    found = [path for path in package.files() if set(path.stem.split("_")) & EMPTY_NAMES]
    assert found == []


def test_what_says_nothing_of_itself_is_found(tmp_path):
    path = tmp_path / "silent.py"
    path.write_text("class Quiet:\n    def act(self): ...\n    def _own(self): ...\n")
    assert silent_in(path) == ["the module", "Quiet", "act"]


def silent_in(path: Path) -> list[str]:
    tree = ast.parse(path.read_text())
    silent = [] if ast.get_docstring(tree) or not tree.body else ["the module"]
    nodes = list(tree.body)
    while nodes:
        node = nodes.pop()
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.name.startswith("_"):
            continue
        if not ast.get_docstring(node) and not is_overload(node):
            silent.append(node.name)
        if isinstance(node, ast.ClassDef):
            nodes.extend(node.body)
    return silent


def is_overload(node: ast.AST) -> bool:
    return any(ast.unparse(one).endswith("overload") for one in getattr(node, "decorator_list", []))
