"""Every story has a stage, a customer of its own, and tells what happened when it fails."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from e2e.compose_stage import ComposeStage
from e2e.composing import in_containers
from e2e.native_stage import NativeStage
from e2e.shop import Shop
from e2e.stage import Stage
from e2e.systems import has_failed
from e2e.telling import story_told
from orderstream.platform import System


@pytest.fixture(scope="session")
def stage(system: System) -> Stage:
    return ComposeStage(system) if in_containers() else NativeStage(system)


@pytest.fixture
def customer() -> str:
    return f"cus_{uuid4().hex[:12]}"


@pytest.fixture
async def shop(
    open_doors: Shop, stage: Stage, request: pytest.FixtureRequest
) -> AsyncIterator[Shop]:
    open_doors.placed.clear()
    yield open_doors
    if has_failed(request.node):
        # pytest shows what a failed test's fixtures print.
        print(await story_told(stage, open_doors.placed))  # noqa: T201  # as said above
