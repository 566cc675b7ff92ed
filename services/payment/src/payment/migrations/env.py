"""Alembic's way into the models of payment."""

from payment.models import metadata
from servicekit.migrations import run_env

run_env(metadata)
