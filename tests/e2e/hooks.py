"""How tests on whole systems are run: in turns, on systems that they share, with one audit in the end.

A plugin that `plug_in` registers once, however many folders ask for it.
"""

from collections.abc import Iterator

import pytest
from e2e.charges import Charges
from e2e.composing import Project
from e2e.judging import judge, judge_containers, reports
from e2e.systems import end, shared_systems
from e2e.turns import turn
from e2e.verdict import Verdict
from testkit.stores.choosing import folder
from testkit.stores.looping import in_own_loop

CALL = pytest.StashKey[pytest.CallInfo[None]]()
PROJECT = pytest.StashKey[Project]()
WORDS = pytest.StashKey[list[str]]()
VERDICTS = pytest.StashKey[dict[str, Verdict]]()
"""By test: what each has to answer for."""
NAME = "orderstream-systems"


def plug_in(config: pytest.Config) -> None:
    """Have the tests of this run conducted by the hooks of this file."""
    if not config.pluginmanager.has_plugin(NAME):
        import e2e.hooks as itself  # noqa: PLC0415  # a plugin is a module

        config.stash[WORDS], config.stash[VERDICTS] = [], {}
        config.pluginmanager.register(itself, NAME)


def has_failed(test: pytest.Item) -> bool:
    """Whether a test has failed, or has not even come to its call."""
    call = test.stash.get(CALL, None)
    return call is None or call.excinfo is not None


def shares_system(test: pytest.Item) -> bool:
    """Whether a test is about a system that others use too."""
    return "open_doors" in getattr(test, "fixturenames", ())


def is_alone(test: pytest.Item) -> bool:
    """Whether a test wants all systems to itself."""
    return test.get_closest_marker("alone") is not None


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run stories first, each where there is room, then in one process those who want to be alone."""
    items.sort(key=lambda item: (not shares_system(item), is_alone(item)))
    for item in filter(shares_system, items):
        if item.get_closest_marker("xdist_group") is None:
            group = "alone" if is_alone(item) else item.nodeid
            item.add_marker(pytest.mark.xdist_group(group))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Wait for a turn before the test's own time begins; who needs no shared system needs none."""
    if not shares_system(item):
        return (yield)
    with turn(folder(), alone=is_alone(item)):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Keep how a test went, so that its fixtures know."""
    if call.when == "call":
        item.stash[CALL] = call
    return (yield)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let the audit have the last word, then stop what was started; what has failed keeps its logs."""
    config = session.config
    if hasattr(config, "workerinput"):
        return
    is_whole = session.exitstatus != pytest.ExitCode.INTERRUPTED
    for system in shared_systems():
        if is_whole:
            _charge(session, *in_own_loop(judge(system)))
        in_own_loop(end(system, keep=bool(session.testsfailed)))
        if session.testsfailed:
            config.stash[WORDS].append(f"data and logs stay in {system.settings.state_dir}")
    if project := config.stash.get(PROJECT, None):
        if is_whole:
            _charge(session, *judge_containers(project))
        if session.testsfailed:
            config.stash[WORDS].append(f"what the containers say: {project.keep_logs()}")
        project.remove(keep_folder=bool(session.testsfailed))


def _charge(session: pytest.Session, verdict: Verdict, charges: Charges) -> None:
    session.config.stash[WORDS].append(verdict.summary)
    session.config.stash[VERDICTS] |= verdict.by_test(charges)
    for report in reports(verdict, charges):
        session.config.hook.pytest_runtest_logreport(report=report)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what the audits found."""
    for words in terminalreporter.config.stash[WORDS]:
        terminalreporter.section("audit", sep="-")
        terminalreporter.write_line(words)
