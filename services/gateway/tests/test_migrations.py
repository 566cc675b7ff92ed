import asyncio
from collections.abc import Callable

import pytest
from gateway.models import metadata
from servicekit import migrations

pytestmark = pytest.mark.postgres


async def test_the_migrations_make_the_tables_that_the_models_describe(
    postgres: Callable[[], str],
) -> None:
    url = postgres()
    await asyncio.to_thread(migrations.upgrade, "gateway", url)
    assert await asyncio.to_thread(migrations.differences, metadata, url) == []
    assert await asyncio.to_thread(migrations.is_current, "gateway", url)
