# The public face: names by module. `__init__.py` loads what is listed here on demand.

from .addresses import HttpUrl, RedisUrl
from .baggage import carrying, current_baggage, read_baggage, write_baggage
from .checks import database_check, engine_check, kafka_check
from .commandline import loading, main
from .database import (
    Connection,
    DatabaseUnreachableError,
    create_engine,
    open_pool,
    storable,
)
from .database_errors import is_connection_error
from .health import Health, serve_health
from .log_subject import log_about
from .logs import configure_logging
from .periodic import run_every
from .purging import purge
from .retry_after import seconds_of
from .settings import (
    AskingSettings,
    BrokerSettings,
    MigrationSettings,
    ProcessSettings,
    ServiceSettings,
    load_settings,
)
from .startup import CannotStartError

__all__ = [
    "AskingSettings",
    "BrokerSettings",
    "CannotStartError",
    "Connection",
    "DatabaseUnreachableError",
    "Health",
    "HttpUrl",
    "MigrationSettings",
    "ProcessSettings",
    "RedisUrl",
    "ServiceSettings",
    "carrying",
    "configure_logging",
    "create_engine",
    "current_baggage",
    "database_check",
    "engine_check",
    "is_connection_error",
    "kafka_check",
    "load_settings",
    "loading",
    "log_about",
    "main",
    "open_pool",
    "purge",
    "read_baggage",
    "run_every",
    "seconds_of",
    "serve_health",
    "storable",
    "write_baggage",
]
