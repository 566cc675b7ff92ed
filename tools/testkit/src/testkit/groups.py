"""A plugin: with `--dist loadgroup`, tests of one group run in one process, in their order.

A group is what a test's mark `xdist_group` says, and else its file, for that is where dear fixtures are shared.

pytest-xdist 3.8 means to do this by writing the group behind a test's name, and pytest 9.2 forbids to
rename a test: each test is dealt out by itself. Here the processes write down who belongs together.
"""

import json
import os
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

FOLDER = "ORDERSTREAM_TEST_FOLDER"
"""The folder of the test run, which all of its processes know."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Write down the groups, for the process that deals out the tests."""
    if worker := getattr(config, "workerinput", {}).get("workerid"):
        _file(worker).write_text(json.dumps({item.nodeid: _group_of(item) for item in items}))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Deal out group by group, in the order of the tests, where that is asked for."""
    if config.getvalue("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415  # only where there are several

    class GroupScheduling(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
        """Hands whole groups to processes."""

        @cached_property
        def groups(self) -> dict[str, str]:
            found: dict[str, str] = json.loads(_file("gw0").read_text())
            return found

        def _split_scope(self, nodeid: str) -> str:
            return self.groups[nodeid]

    config.option.loadscopereorder = False
    return GroupScheduling(config, log)


def _group_of(item: pytest.Item) -> str:
    mark = item.get_closest_marker("xdist_group")
    return str(mark.args[0]) if mark else str(item.path)


def _file(worker: str) -> Path:
    return Path(os.environ[FOLDER]) / f"groups-{worker}.json"
