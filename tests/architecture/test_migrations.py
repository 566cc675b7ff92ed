"""A migrated database is what the models describe: nothing forgotten, nothing left over."""

from importlib import import_module

import pytest
from orderstream.platform import DATABASES
from servicekit.migrations import differences, upgrade

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize("service", sorted(DATABASES))
def test_the_migrations_lead_to_the_models(service, postgres):
    url = postgres()
    upgrade(service, url)
    assert differences(import_module(f"{service}.models").metadata, url) == []
