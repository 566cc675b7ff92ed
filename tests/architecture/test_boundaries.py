"""Which packages import which, held against every import; contracts are in test_contracts_bite."""

import re

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
from launcher import forking

LOADING = {"orderstream/maps", "orderstream/cli.py", "launcher/forking.py"}
"""The command line loads its own commands, below `orderstream.commands`, and nothing else."""


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
    loading = {
        f"{tool.name}/{path.relative_to(tool.folder).parts[0]}"
        for tool in packages("tools")
        if tool.name != "testkit"
        for path in tool.files()
        if "import_module(" in path.read_text()
    }
    # What is forked has loaded libraries, and a service only in the process that becomes it.
    assert loading == LOADING
    services = {package.name for package in packages("services")}
    assert not services & {name.partition(".")[0] for name in (*forking.LIBRARIES, *forking.OURS)}


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
