"""A pytest plugin: a dear fixture that fails is one failure, and whoever needs it next is skipped.

pytest itself keeps the error of a fixture that many tests share, and shows its traceback at each of them.
"""

from collections.abc import Generator
from typing import Any

import pytest

SHARED = ("session", "package", "module")
NO_FAILURE = (pytest.skip.Exception, pytest.exit.Exception, KeyboardInterrupt, GeneratorExit)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, Any, Any]:
    """Let a shared fixture fail at the test that asked first, and keep a skip for the others."""
    try:
        return (yield)
    except NO_FAILURE:
        raise
    except BaseException:
        if fixturedef.scope in SHARED and fixturedef.cached_result is not None:
            first = request.node.config.stash[CURRENT]
            skip = pytest.skip.Exception(
                f"the fixture {fixturedef.argname} failed: its cause is shown at {first}"
            )
            _, key, _ = fixturedef.cached_result
            fixturedef.cached_result = (None, key, (skip, None))
        raise


CURRENT = pytest.StashKey[str]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Remember which test asks: a shared fixture itself does not know."""
    item.config.stash[CURRENT] = item.nodeid
    yield
