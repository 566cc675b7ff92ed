"""Whatever the state folder is called: up, down, up again with the data, and erased without a trace."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from stack import (
    Settings,
    SettingsError,
    create_topics,
    down,
    free_ports,
    infrastructure,
    load,
    up,
    wipe,
)
from stack.postgres import create_database
from stack.topics import read_contents
from testkit.waiting import TIMEOUT_S

NAMES = (
    """bücher,it's a "b" ;c #d %e %%(f)s $g \\h: {i}=j *k""",
    "\N{NO-BREAK SPACE}; \N{BOOKS}" + "long" * 30,
)


@pytest.fixture(params=NAMES)
async def settings(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Settings]:
    settings = load(state_dir=tmp_path / request.param, start_seconds=TIMEOUT_S, **free_ports())
    yield settings
    await wipe(settings.state_dir)


@pytest.mark.system
async def test_stores_keep_their_data_and_leave_nothing_elsewhere(
    settings: Settings, tmp_path: Path
) -> None:
    stores = infrastructure(settings)
    await up(settings, stores)
    await create_database(settings, "own")
    before = await read_contents(settings.kafka_bootstrap)
    assert before
    await down(settings.state_dir)
    await up(settings, stores)
    assert await create_topics(settings) == []
    assert [one.name for one in await read_contents(settings.kafka_bootstrap)] == [
        one.name for one in before
    ]
    assert names_in(tmp_path) == [settings.state_dir.name]
    await wipe(settings.state_dir)
    assert names_in(tmp_path) == []


def names_in(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir()]


@pytest.mark.parametrize("name", ["a\nb", "a\x07b", b"a\xff".decode(errors="surrogateescape")])
def test_a_name_that_no_file_could_hold_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=r"ORDERSTREAM_STATE_DIR=.*cannot be used"):
        load(state_dir=tmp_path / name)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "file").touch()
    return tmp_path / "file"


async def test_a_state_folder_that_cannot_be_made_is_reported_with_the_reason(file: Path) -> None:
    settings = load(state_dir=file / "state")
    with pytest.raises(
        SettingsError, match=r"ORDERSTREAM_STATE_DIR=/.*: cannot be written: Not a "
    ):
        await up(settings, [])
