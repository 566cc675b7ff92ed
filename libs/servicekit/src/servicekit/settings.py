"""Settings come from the environment of the process, and a wrong one is said in one line."""

import sys
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

T = TypeVar("T", bound=BaseSettings)

FROM_ENVIRONMENT = SettingsConfigDict(
    extra="ignore", frozen=True, env_ignore_empty=True, hide_input_in_errors=True
)


def _postgres_url(url: str) -> str:
    parts = urlsplit(url)
    try:
        complete = parts.username and parts.hostname and parts.path.strip("/") and parts.port != 0
    except ValueError:  # the port is no number
        complete = None
    if parts.scheme not in {"postgresql", "postgres"} or not complete:
        raise ValueError("expected postgresql://role@host:port/database")
    return url


PostgresUrl = Annotated[str, AfterValidator(_postgres_url), Field(repr=False)]
"""Where a database is. asyncpg's form, so without the name of a driver; it may hold a password."""


class BrokerSettings(BaseSettings):
    """Where the broker is: `host:port`, several of them with commas between; and who asks it."""

    model_config = FROM_ENVIRONMENT

    kafka_bootstrap: str = "127.0.0.1:19092"
    instance: str = "1"


class ProcessSettings(BrokerSettings):
    """What every process needs to know, whether or not it has a database.

    Each process has an environment of its own, so the names carry no prefix: `KAFKA_BOOTSTRAP`,
    `DATABASE_URL`, `HTTP_PORT` and so on. An empty variable counts as one that is not set.
    """

    model_config = FROM_ENVIRONMENT

    http_host: str = "127.0.0.1"
    http_port: int = Field(ge=1, le=65535)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"


class ServiceSettings(ProcessSettings):
    """What every process of a service with a database needs to know.

    `fault_plans` is for test beds: orders may ask to fail. In production it stays off.
    """

    model_config = FROM_ENVIRONMENT

    database_url: PostgresUrl
    fault_plans: bool = False


class MigrationSettings(BaseSettings):
    """What a migration needs to know."""

    model_config = FROM_ENVIRONMENT

    database_url: PostgresUrl


def load_settings(settings_type: type[T]) -> T:
    """Read settings from the environment.

    A wrong or missing one is said on stderr, a line each and without its value, which may be a
    secret; then the process ends with exit code 2.
    """
    try:
        return settings_type()
    except ValidationError as error:
        for item in error.errors(include_input=False, include_url=False):
            name = "_".join(str(part) for part in item["loc"]).upper()
            _say(f"wrong setting {name}: {item['msg'].removeprefix('Value error, ')}")
    except SettingsError as error:  # a list or an object that is not even JSON
        _say(f"wrong setting: {error}")
    raise SystemExit(2)


def _say(line: str) -> None:
    print(line, file=sys.stderr)  # noqa: T201  # logging is not set up yet
