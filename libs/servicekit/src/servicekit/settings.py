"""Settings come from the environment or from files, and a wrong one is said in one line."""

import os
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from servicekit.addresses import Brokers, HttpUrl, PostgresUrl, with_password
from servicekit.otlp_headers import OtlpHeaders, headers_in
from servicekit.startup import WAIT_S

T = TypeVar("T", bound=BaseSettings)

FROM_ENVIRONMENT = SettingsConfigDict(
    extra="ignore", frozen=True, env_ignore_empty=True, hide_input_in_errors=True
)


class StartSettings(BaseSettings):
    """Longest wait of a process at its start for what it needs, in seconds."""

    model_config = FROM_ENVIRONMENT

    start_wait_s: float = Field(WAIT_S, ge=0)


class BrokerSettings(StartSettings):
    """The broker's address, `host:port`, several of them with commas between; and who asks it."""

    kafka_bootstrap: Brokers = "127.0.0.1:19092"
    instance: str = "1"


class ProcessSettings(BrokerSettings):
    """Settings of every process, whether or not it has a database.

    Spans go to the OTLP endpoint at `otel_exporter_otlp_endpoint`; without one none are recorded.
    `otel_exporter_otlp_headers` go with them: `x-api-key=KEY`, several with commas between.
    Each process has an environment of its own, so the names carry no prefix: `KAFKA_BOOTSTRAP`,
    `DATABASE_URL`, `HTTP_PORT` and so on. An empty variable counts as one that is not set.
    """

    http_host: str = "127.0.0.1"
    http_port: int = Field(ge=1, le=65535)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"
    otel_exporter_otlp_endpoint: HttpUrl | None = None
    otel_exporter_otlp_headers: OtlpHeaders | None = None

    @property
    def otlp_headers(self) -> Mapping[str, str]:
        """The headers that go with spans, by their names."""
        told = self.otel_exporter_otlp_headers
        return headers_in(told.get_secret_value()) if told else {}


class DatabaseSettings(BaseSettings):
    """The address of the service's database: `postgresql://role@host:port/database`.

    A password in it is percent-encoded (RFC 3986); `database_password` is one as it is.
    """

    model_config = FROM_ENVIRONMENT

    database_password: SecretStr | None = None
    database_url: PostgresUrl

    @field_validator("database_url")
    @classmethod
    def _with_password(cls, url: str, info: ValidationInfo) -> str:
        password = info.data.get("database_password")
        return url if password is None else with_password(url, password.get_secret_value())


class ServiceSettings(DatabaseSettings, ProcessSettings):
    """Settings of every process of a service with a database.

    `fault_plans` is for test beds: orders may ask to fail. In production it stays off.
    """

    fault_plans: bool = False


class AskingSettings(ServiceSettings):
    """Settings of a worker that asks something of the outside world.

    `ask_for_s`: a command without an answer is tried for so long, then people are told. Less than
    the day for which neighbours know the keys of requests.
    """

    ask_for_s: float = Field(3_600, gt=0, lt=86_400)


class MigrationSettings(DatabaseSettings, StartSettings):
    """Settings of a migration."""


def load_settings(settings_type: type[T]) -> T:
    """Read settings from the environment, and what is not there from files.

    Where `SECRETS_DIR` names a folder, a file in it is a setting, called as the variable would be:
    `sealing_key` holds SEALING_KEY. Secrets are mounted so; the environment goes first.

    A wrong or missing one is said on stderr, a line each and without its value, which may be a
    secret; then the process ends with exit code 2.
    """
    secrets_dir = os.environ.get("SECRETS_DIR") or None
    if secrets_dir and not Path(secrets_dir).is_dir():
        _say(f"wrong setting SECRETS_DIR: there is no folder {secrets_dir}")
        raise SystemExit(2)
    try:
        with warnings.catch_warnings():
            # A file that is there and cannot be read is no trifle.
            warnings.simplefilter("error", UserWarning)
            return settings_type(_secrets_dir=secrets_dir)
    except ValidationError as error:
        for item in error.errors(include_input=False, include_url=False):
            name = "_".join(str(part) for part in item["loc"]).upper()
            _say(f"wrong setting {name}: {item['msg'].removeprefix('Value error, ')}")
    except SettingsError as error:  # no text, or a list or an object that is not even JSON
        _say(f"wrong setting: {error}: {error.__cause__}")
    raise SystemExit(2)


def _say(line: str) -> None:
    print(line, file=sys.stderr)  # noqa: T201  # logging is not set up yet
