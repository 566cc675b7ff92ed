"""Who may import whom, held against every import; and the linter's contracts seen to break."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from architecture.tree import (
    LIBRARIES,
    ROOT,
    all_packages,
    forbidden_imports,
    imported,
    ours,
    packages,
    standard_library,
)

PLANTED = {
    "services/shipping/src/shipping/handlers.py": "import payment.lifecycle",
    "libs/servicekit/src/servicekit/logs.py": "import messaging",
    "libs/messaging/src/messaging/relay.py": "import orderstream.platform",
    "libs/rpc/src/rpc/context.py": "import messaging",
    "libs/events/src/events/wire.py": "import sqlalchemy",
    "simulators/psp/src/psp/tokens.py": "import events",
    "tools/orderstream/src/orderstream/health.py": "import order.models",
    "services/order/src/order/past.py": "import messaging.publisher",
}


@pytest.mark.parametrize("service", packages("services"), ids=lambda package: package.name)
def test_services_import_the_libraries_and_nothing_else_of_ours(service):
    others = ours() - {*LIBRARIES}
    allowed = {name for path in service.files() for name in imported(path)} - others
    assert forbidden_imports(service, allowed) == []


@pytest.mark.parametrize("simulator", packages("simulators"), ids=lambda package: package.name)
def test_the_world_outside_imports_nothing_of_ours(simulator):
    own = {package.name for package in packages("simulators")}
    everything = {name for path in simulator.files() for name in imported(path)}
    assert forbidden_imports(simulator, everything - (ours() - own)) == []


def test_events_import_pydantic_only():
    events = next(package for package in packages("libs") if package.name == "events")
    assert forbidden_imports(events, {"pydantic"} | standard_library()) == []


def test_only_the_maps_load_services_by_name():
    tool = next(package for package in packages("tools") if package.name == "orderstream")
    loading = {
        path.relative_to(tool.folder).parts[0]
        for path in tool.files()
        if "import_module(" in path.read_text()
    }
    assert loading == {"maps"}


def test_whoever_reads_a_topic_goes_on_behind_what_cannot_be_read():
    """`reading.Consumer` is the only way: aiokafka's own ends with such a record."""
    readers = [
        str(path.relative_to(ROOT))
        for package in all_packages()
        if package.name not in ("reading", "testkit")
        for path in package.files()
        if re.search(r"\bAIOKafkaConsumer\b", path.read_text())
    ]
    assert readers == []


def test_every_contract_is_kept():
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


def test_a_planted_import_breaks_each_contract(tmp_path):
    copy = copied_to(tmp_path)
    for path, line in PLANTED.items():
        with (copy / path).open("a") as file:
            file.write(f"\n{line}\n")
    result = lint(copy)
    assert result.returncode == 1
    assert "Contracts: 0 kept, 7 broken." in result.stdout, result.stdout


def copied_to(folder: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", folder)
    for source in (*ROOT.glob("*/*/src"),):
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
