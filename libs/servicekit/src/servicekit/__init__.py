"""How a service runs: settings, database, logs, health, sealing.

`servicekit.migrations` and `servicekit.api` are imported where they are needed: a worker has no
use for Alembic, nor a migration for a web server.
"""

from servicekit.addresses import HttpUrl
from servicekit.baggage import carrying, current_baggage, read_baggage, write_baggage
from servicekit.checks import database_check, engine_check, kafka_check
from servicekit.commandline import main
from servicekit.database import (
    Connection,
    DatabaseUnreachableError,
    create_engine,
    open_pool,
)
from servicekit.database_errors import is_connection_error
from servicekit.health import Health, serve_health
from servicekit.loading import loading
from servicekit.logs import configure_logging
from servicekit.sealing import CannotUnsealError, PersonalData, Sealer, SealingKey
from servicekit.settings import (
    AskingSettings,
    BrokerSettings,
    MigrationSettings,
    ProcessSettings,
    ServiceSettings,
    load_settings,
)
from servicekit.startup import CannotStartError
from servicekit.telemetry import TraceContext, current_trace, use_trace

__all__ = [
    "AskingSettings",
    "BrokerSettings",
    "CannotStartError",
    "CannotUnsealError",
    "Connection",
    "DatabaseUnreachableError",
    "Health",
    "HttpUrl",
    "MigrationSettings",
    "PersonalData",
    "ProcessSettings",
    "Sealer",
    "SealingKey",
    "ServiceSettings",
    "TraceContext",
    "carrying",
    "configure_logging",
    "create_engine",
    "current_baggage",
    "current_trace",
    "database_check",
    "engine_check",
    "is_connection_error",
    "kafka_check",
    "load_settings",
    "loading",
    "main",
    "open_pool",
    "read_baggage",
    "serve_health",
    "use_trace",
    "write_baggage",
]
