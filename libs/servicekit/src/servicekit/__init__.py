"""How a service runs: settings, database, logs, health, sealing.

`servicekit.migrations` and `servicekit.api` are imported where they are needed: a worker has no
use for Alembic, nor a migration for a web server.
"""

from servicekit.commandline import main
from servicekit.database import (
    Connection,
    DatabaseUnreachableError,
    create_engine,
    is_connection_error,
    open_pool,
)
from servicekit.health import Health, database_check, kafka_check, serve_health
from servicekit.logs import configure_logging
from servicekit.sealing import CannotUnsealError, PersonalData, Sealer, SealingKey
from servicekit.settings import MigrationSettings, ServiceSettings, load_settings
from servicekit.telemetry import TraceContext, current_trace, use_trace

__all__ = [
    "CannotUnsealError",
    "Connection",
    "DatabaseUnreachableError",
    "Health",
    "MigrationSettings",
    "PersonalData",
    "Sealer",
    "SealingKey",
    "ServiceSettings",
    "TraceContext",
    "configure_logging",
    "create_engine",
    "current_trace",
    "database_check",
    "is_connection_error",
    "kafka_check",
    "load_settings",
    "main",
    "open_pool",
    "serve_health",
    "use_trace",
]
