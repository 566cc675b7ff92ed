"""Alembic's way into the models of inventory."""

from inventory.models import metadata
from servicekit.migrations import run_env

run_env(metadata)
