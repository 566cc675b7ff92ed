import asyncio
import sys
import threading

import pytest
import sqlalchemy as sa
from servicekit import DatabaseUnreachableError
from servicekit.migrations import differences, is_current, migrate, upgrade
from servicekit.schema import MigrationBehindError, require_schema

pytestmark = pytest.mark.postgres

ENV = """
from servicekit.migrations import run_env
from sqlalchemy import MetaData

run_env(MetaData())
"""
FIRST = """
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

def upgrade():
    op.create_table("stock", sa.Column("sku", sa.Text, primary_key=True), sa.Column("units", sa.Integer))
"""
SECOND = """
from alembic import op

revision = "0002"
down_revision = "0001"

def upgrade():
    op.execute("ALTER TABLE stock ADD shelf text")
    op.execute("{then}")
"""


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A service `shop` with one migration; call it to add the second."""
    versions = tmp_path / "shop" / "migrations" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "shop" / "__init__.py").touch()
    (versions.parent / "env.py").write_text(ENV)
    (versions / "0001_stock.py").write_text(FIRST)
    monkeypatch.syspath_prepend(tmp_path)
    yield lambda then="SELECT 1": (versions / "0002_shelf.py").write_text(SECOND.format(then=then))
    sys.modules.pop("shop", None)


def described(*columns: sa.Column) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("stock", metadata, sa.Column("sku", sa.Text, primary_key=True), *columns)
    return metadata


@pytest.mark.usefixtures("shop")
def test_an_empty_database_is_brought_to_the_newest_version(postgres):
    url = postgres()
    assert not is_current("shop", url)
    upgrade("shop", url)
    assert is_current("shop", url)


@pytest.mark.usefixtures("shop")
def test_upgrading_again_changes_nothing(postgres):
    url = postgres()
    upgrade("shop", url)
    upgrade("shop", url)
    assert is_current("shop", url)


def test_a_process_refuses_a_database_that_lacks_a_migration(shop, postgres):
    url = postgres()
    with pytest.raises(MigrationBehindError, match=r"none of 0001: run python -m shop migrate"):
        asyncio.run(require_schema("shop", url))
    upgrade("shop", url)
    asyncio.run(require_schema("shop", url))
    shop()
    with pytest.raises(MigrationBehindError, match=r"0001 of 0002: run python -m shop migrate"):
        asyncio.run(require_schema("shop", url))


def test_a_process_works_with_a_database_that_is_newer(shop, postgres, tmp_path):
    url = postgres()
    shop()
    upgrade("shop", url)
    (tmp_path / "shop" / "migrations" / "versions" / "0002_shelf.py").unlink()
    asyncio.run(require_schema("shop", url))


def test_a_migration_that_fails_leaves_nothing_of_itself(shop, postgres):
    url = postgres()
    shop(then="SELECT 1/0")
    with pytest.raises(sa.exc.DBAPIError, match="division by zero"):
        upgrade("shop", url)
    assert [str(d) for d in differences(sa.MetaData(), url)] == []


def test_two_upgrades_at_once_take_turns(shop, postgres):
    url = postgres()
    shop(then="SELECT pg_sleep(0.3)")
    failures: list[BaseException] = []

    def attempt() -> None:
        try:
            upgrade("shop", url)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=attempt) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert is_current("shop", url)


@pytest.mark.usefixtures("shop")
def test_models_that_match_the_migrations_differ_in_nothing(postgres):
    url = postgres()
    upgrade("shop", url)
    assert differences(described(sa.Column("units", sa.Integer)), url) == []


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    "columns",
    [[], [sa.Column("units", sa.Text)], [sa.Column("units", sa.Integer, nullable=False)]],
    ids=["forgotten", "other type", "other nullability"],
)
def test_models_that_say_something_else_are_found_out(postgres, columns):
    url = postgres()
    upgrade("shop", url)
    (difference,) = differences(described(*columns), url)
    assert "units" in difference


@pytest.mark.usefixtures("shop")
def test_the_command_upgrades_the_database_of_its_environment(postgres, monkeypatch):
    url = postgres()
    monkeypatch.setenv("DATABASE_URL", url)
    migrate("shop")
    assert is_current("shop", url)


@pytest.mark.usefixtures("shop")
def test_a_database_that_is_away_is_reported_in_one_line(free_port):
    url = f"postgresql://shop:hunter2@127.0.0.1:{free_port}/shop"
    with pytest.raises(DatabaseUnreachableError) as unreachable:
        upgrade("shop", url, wait_s=0)
    assert str(unreachable.value).startswith(f"no database at 127.0.0.1:{free_port}/shop")
    assert "\n" not in str(unreachable.value)
    assert "hunter2" not in str(unreachable.value)
