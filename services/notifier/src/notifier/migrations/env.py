"""Alembic's way into the models of the notifier."""

from notifier.models import metadata
from servicekit.migrations import run_env

run_env(metadata)
