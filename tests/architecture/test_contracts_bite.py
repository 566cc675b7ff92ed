"""Each import contract of pyproject.toml fails on a wrong import, planted in a copy of the source."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from architecture.tree import ROOT

LINTER: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"][
    "importlinter"
]
CONTRACTS: list[dict[str, Any]] = LINTER["contracts"]
NAMES = [contract["name"] for contract in CONTRACTS]


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> str:
    """What the linter reports of a copy in which every contract has an import that it forbids."""
    copy = copied_to(tmp_path_factory.mktemp("planted"))
    for contract in CONTRACTS:
        importer, imported = wrong_import(contract)
        with file_of(copy, importer).open("a") as file:
            file.write(f"\nimport {imported}\n")
    return lint(copy).stdout


def test_every_contract_is_kept():
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("contract", CONTRACTS, ids=NAMES)
def test_a_wrong_import_breaks_the_contract(contract, report):
    importer, imported = wrong_import(contract)
    assert re.search(rf"^{re.escape(contract['name'])} BROKEN\b", report, re.MULTILINE), report
    assert f"{importer} -> {imported} (l." in report, report


def test_contracts_have_names_of_their_own():
    assert len(set(NAMES)) == len(NAMES)


def wrong_import(contract: dict[str, Any]) -> tuple[str, str]:
    """Return importer and imported of one import that the contract forbids."""
    match contract:
        case {"type": "independence", "modules": [first, second, *_]}:
            return existing(first), existing(second)
        case {"type": "layers", "layers": layers}:
            container = f"{contract['containers'][0]}." if "containers" in contract else ""
            top, *_, bottom = ([container + one for one in modules_in(layer)] for layer in layers)
            return existing(*bottom), existing(*top)
        case {"type": "forbidden", "source_modules": sources, "forbidden_modules": forbidden}:
            return existing(*sources), forbidden_of(contract, existing(*sources), forbidden)
        case {"type": "protected", "protected_modules": protected}:
            target = existing(*protected)
            allowed = [*contract["allowed_importers"], target]
            return next(one for one in LINTER["root_packages"] if not within(one, allowed)), target
    raise AssertionError(f"no wrong import is known for a contract of type {contract['type']!r}")


def forbidden_of(contract: dict[str, Any], importer: str, forbidden: list[str]) -> str:
    """Return a forbidden module that no exception allows this importer."""
    ignored = contract.get("ignore_imports", [])
    for module in forbidden:
        if not any(line.endswith(f"-> {module}") for line in ignored):
            return module if "*" not in module else existing(module)
    raise AssertionError(f"{contract['name']}: every import of {importer} is an exception")


def modules_in(layer: str) -> list[str]:
    """Return the modules of one layer: `a | b`, `a : b`, an optional one in brackets."""
    return re.findall(r"[\w.*]+", layer)


def within(package: str, allowed: list[str]) -> bool:
    return any(one.partition(".")[0] == package for one in allowed)


def existing(*expressions: str) -> str:
    """Return the first module that exists and that one of these expressions, `a.*.b`, stands for."""
    for expression in expressions:
        pattern = "*/*/src/" + expression.replace("**", "*").replace(".", "/")
        for path in sorted({*ROOT.glob(pattern), *ROOT.glob(f"{pattern}.py")}):
            parts = path.relative_to(ROOT).with_suffix("").parts[3:]
            if not any(part.startswith("_") for part in parts):
                return ".".join(parts)
    raise AssertionError(f"there is no module {' or '.join(expressions)}")


def file_of(root: Path, module: str) -> Path:
    """Return the file that is this module, of a package its `__init__.py`."""
    path = "*/*/src/" + module.replace(".", "/")
    (found,) = {*root.glob(f"{path}.py"), *root.glob(f"{path}/__init__.py")}
    return found


def copied_to(folder: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", folder)
    for source in ROOT.glob("*/*/src"):
        target = folder / source.relative_to(ROOT)
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    sources = os.pathsep.join(str(path) for path in root.glob("*/*/src"))
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-cache"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": sources, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
