"""Where the packages of this repository lie, and what their files import."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIBRARIES = (
    "events",
    "reading",
    "tracing",
    "servicekit",
    "privacy",
    "fault_injection",
    "messaging",
    "rpc",
)


@dataclass(frozen=True, slots=True)
class Package:
    """One package with its source folder."""

    name: str
    folder: Path

    def files(self) -> list[Path]:
        """Every Python file but migrations, laid out by Alembic, and what contracts generate."""
        found = sorted(set(self.folder.rglob("*.py")) - set(self.folder.rglob("*_pb2*.py")))
        return [path for path in found if "migrations" not in path.relative_to(self.folder).parts]


def packages(kind: str) -> list[Package]:
    """The packages of one kind: libs, services, simulators, tools or data."""
    folders = (path for path in (ROOT / kind).glob("*/src/*") if (path / "__init__.py").exists())
    return [Package(path.name, path) for path in sorted(folders)]


def all_packages() -> list[Package]:
    """Everything that we wrote, tests aside."""
    return [
        p for kind in ("libs", "services", "simulators", "tools", "data") for p in packages(kind)
    ]


def imported(path: Path) -> Iterator[str]:
    """The top-level names that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def forbidden_imports(package: Package, allowed: set[str]) -> list[str]:
    """Each import of something that is neither allowed, nor the package itself."""
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in package.files()
        for name in imported(path)
        if name not in allowed and name != package.name
    ]


def ours() -> set[str]:
    """The names of all our packages."""
    return {package.name for package in all_packages()}


def standard_library() -> set[str]:
    """What needs no installing."""
    return set(sys.stdlib_module_names)
