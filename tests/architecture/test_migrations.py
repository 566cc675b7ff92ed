"""A migrated database is what the models describe: nothing forgotten, nothing left over."""

import asyncio
from importlib import import_module

import asyncpg
import pytest
from servicekit.migrations import differences, upgrade
from servicekit.schema import newest_version
from stack import DATABASES

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize("service", sorted(DATABASES))
def test_the_migrations_lead_to_the_models(service, postgres):
    url = postgres()
    upgrade(service, url)
    assert differences(import_module(f"{service}.models").metadata, url) == []


@pytest.mark.parametrize("service", sorted(DATABASES))
def test_the_newest_migration_is_the_one_with_the_highest_number(service, postgres):
    """A starting process judges its database by the numbers in the file names."""
    url = postgres()
    upgrade(service, url)
    assert asyncio.run(version_of(url)) == newest_version(service)


async def version_of(url):
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval("SELECT version_num FROM alembic_version")
    finally:
        await connection.close()
