"""What containers need before their services start is made once, and kept."""

import asyncio
import base64
import json
from pathlib import Path

import asyncpg
import pytest
from events import TOPICS
from orderstream.cli import app
from stack import DATABASES, Settings, load
from stack.topics import read_contents
from typer.testing import CliRunner

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
MADE = ("sealing_key", "webhook_secret", "catalogue.json")


@pytest.fixture
def around(
    kafka: str, postgres_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """The settings of containers that publish the ports of the stores."""
    chosen = {
        "PLATFORM": "compose",
        "STATE_DIR": str(tmp_path),
        "KAFKA_PORT": kafka.rpartition(":")[2],
        "POSTGRES_PORT": str(postgres_port),
        "POSTGRES_PASSWORD": "it's secret",
    }
    for name, value in chosen.items():
        monkeypatch.setenv(f"ORDERSTREAM_{name}", value)
    return load()


def prepare() -> str:
    result = CliRunner().invoke(app, ["prepare"])
    assert result.exit_code == 0, result.output
    return result.output


def test_secrets_catalogue_databases_and_topics_are_made_once(around: Settings) -> None:
    folder = around.state_dir
    assert "done: databases made" in prepare()
    before = [(folder / name).read_text() for name in MADE]
    prepare()
    assert [(folder / name).read_text() for name in MADE] == before
    assert len(base64.b64decode(before[0], validate=True)) == 32
    assert before[1].startswith("whsec_")
    assert len(json.loads(before[2])["products"]) > 1900
    assert {(folder / name).stat().st_mode & 0o777 for name in MADE[:2]} == {0o444}
    there = asyncio.run(read_contents(around.kafka_bootstrap))
    assert {topic.name for topic in TOPICS} <= {one.name for one in there}
    for name in DATABASES.values():
        assert asyncio.run(enters(around, name)) == name


def test_a_seed_file_of_ones_own_becomes_the_catalogue(
    around: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.json"
    own.write_text('{"products": []}')
    monkeypatch.setenv("ORDERSTREAM_SEED_FILE", str(own))
    prepare()
    assert (around.state_dir / "catalogue.json").read_text() == own.read_text()


async def enters(settings: Settings, database: str) -> str:
    connection = await asyncpg.connect(settings.database_url(database))
    try:
        who: str = await connection.fetchval("SELECT current_user")
        return who
    finally:
        await connection.close()
