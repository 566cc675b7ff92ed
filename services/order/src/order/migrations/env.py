"""Alembic's way into the models of the order service."""

from order.models import metadata
from servicekit.migrations import run_env

run_env(metadata)
