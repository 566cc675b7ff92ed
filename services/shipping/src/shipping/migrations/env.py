"""Alembic's way into the models of shipping."""

from servicekit.migrations import run_env
from shipping.models import metadata

run_env(metadata)
