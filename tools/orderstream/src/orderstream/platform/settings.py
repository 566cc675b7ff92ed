"""Where the native system runs and how it behaves; all of it from the environment or `.env`."""

from pathlib import Path
from typing import Literal, Self
from urllib.parse import quote

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from orderstream.platform.process import broker_name, nth_port

PREFIX = "ORDERSTREAM_"
PROJECT_ROOT = Path(__file__).resolve().parents[5]


class SettingsError(ValueError):
    """A setting has a value that cannot be used; the message names it, its value and what it may be."""


class Settings(BaseSettings):
    """Every choice of the native system. Each is set as `ORDERSTREAM_<NAME>`; times are in ms."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=PROJECT_ROOT / ".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    platform: Literal["native", "compose", "container"] = Field(
        "native",
        description="processes of this machine; containers by the ports that they publish here; "
        "or containers as they see each other",
    )
    state_dir: Path = Field(PROJECT_ROOT / ".orderstream", description="data, logs, sockets")
    seed_file: Path | None = Field(
        None, description="products, prices and stock; by default those of a real shop"
    )
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"
    start_seconds: float = Field(90, gt=0, description="longest time that one step may take")

    partitions: int = Field(3, ge=1, le=100, description="of every topic that names no number")
    retention_hours: int = Field(168, ge=1, description="of every topic that names no time")
    brokers: int = Field(1, description="of Kafka, 1 or 3; three survive the loss of one")
    instances: int = Field(1, ge=1, le=9, description="of every worker")
    fault_plans: bool = Field(
        default=True, description="orders may carry a plan of what is to fail"
    )
    webhook_private_targets: bool = Field(
        default=True, description="webhooks may go to private networks and without TLS"
    )
    rate_limit_scale: float = Field(
        1, ge=0, description="times so much one client may ask; 0: without limit, for load tests"
    )
    redis_url: str | None = Field(
        None, repr=False, description="where gateways count together; none: each for itself"
    )
    seed: int = Field(1, description="the same seed: the same outcomes and latencies outside")
    psp_latency_ms_min: int = Field(0, ge=0)
    psp_latency_ms_max: int = Field(2000, ge=0)
    psp_approval_percent: int = Field(90, ge=0, le=100)
    psp_webhooks: bool = Field(default=True, description="payments are answered by webhook too")
    carrier_latency_ms_min: int = Field(0, ge=0)
    carrier_latency_ms_max: int = Field(300, ge=0)

    kafka_port: int = Field(19092, ge=1, le=65535)
    kafka_controller_port: int = Field(19093, ge=1, le=65535)
    postgres_port: int = Field(15432, ge=1, le=65535)
    postgres_password: SecretStr | None = Field(None, description="of every role; none natively")
    gateway_port: int = Field(18000, ge=1, le=65535)
    order_api_port: int = Field(18001, ge=1, le=65535)
    inventory_api_port: int = Field(18002, ge=1, le=65535)
    payment_api_port: int = Field(18003, ge=1, le=65535)
    inventory_grpc_port: int = Field(18004, ge=1, le=65535)
    notifier_api_port: int = Field(18005, ge=1, le=65535)
    smtp_port: int = Field(18025, ge=1, le=65535)
    psp_port: int = Field(18101, ge=1, le=65535)
    carrier_port: int = Field(18102, ge=1, le=65535)
    issuer_port: int = Field(18103, ge=1, le=65535)
    postbox_port: int = Field(18104, ge=1, le=65535)
    subscriber_port: int = Field(18105, ge=1, le=65535)
    order_worker_port: int = Field(18201, ge=1, le=65535)
    payment_worker_port: int = Field(18202, ge=1, le=65535)
    inventory_worker_port: int = Field(18203, ge=1, le=65535)
    shipping_worker_port: int = Field(18204, ge=1, le=65535)
    notifier_worker_port: int = Field(18205, ge=1, le=65535)
    analytics_worker_port: int = Field(18206, ge=1, le=65535)

    @field_validator("brokers")
    @classmethod
    def _one_or_three(cls, value: int) -> int:
        if value not in {1, 3}:
            raise ValueError("must be 1 or 3")
        return value

    @model_validator(mode="after")
    def _shortest_before_longest(self) -> Self:
        for who in ("psp", "carrier"):
            if getattr(self, f"{who}_latency_ms_min") > getattr(self, f"{who}_latency_ms_max"):
                name = f"{PREFIX}{who.upper()}_LATENCY_MS"
                raise ValueError(f"{name}_MIN must not be above {name}_MAX")
        return self

    @property
    def kafka_bootstrap(self) -> str:
        """The addresses of all brokers, as clients want them."""
        numbers = range(1, self.brokers + 1)
        hosts = (self.host_of(broker_name(number)) for number in numbers)
        ports = (nth_port(self.kafka_port, number) for number in numbers)
        return ",".join(f"{host}:{port}" for host, port in zip(hosts, ports, strict=True))

    def database_url(self, database: str, role: str | None = None) -> str:
        """The address of a database, by default as the role that owns it."""
        who = role or database
        if self.postgres_password is not None:
            who += f":{quote(self.postgres_password.get_secret_value(), safe='')}"
        host = self.host_of("postgres")
        return f"postgresql://{who}@{host}:{self.postgres_port}/{database}"

    def host_of(self, process: str) -> str:
        """Where a process listens: among containers each has a name of its own."""
        return process if self.platform == "container" else "127.0.0.1"


PORT_SETTINGS = tuple(name for name in Settings.model_fields if name.endswith("_port"))


def load(**chosen: object) -> Settings:
    """Read the settings; what is `chosen` here goes before the environment.

    Raises:
        SettingsError: with one line that names every bad value.
    """
    try:
        return Settings(**chosen)  # type: ignore[arg-type]  # validated by pydantic
    except ValidationError as error:
        faults = "; ".join(_fault(dict(details)) for details in error.errors())
        raise SettingsError(f"bad settings: {faults}") from None


def load_native(**chosen: object) -> Settings:
    """Read the settings for a command that acts on processes of this machine.

    Raises:
        SettingsError: a value is bad, or the system runs in containers, which Docker looks after.
    """
    settings = load(**chosen)
    if settings.platform != "native":
        raise SettingsError(
            f"{PREFIX}PLATFORM={settings.platform}: this command acts on processes of this machine. "
            "Containers are looked after by docker compose: ps, logs, up --scale, restart, down."
        )
    return settings


def _fault(details: dict[str, object]) -> str:
    message = str(details["msg"]).removeprefix("Value error, ")
    location = details["loc"]
    if not isinstance(location, tuple) or not location:
        return message
    name = str(location[0]).upper().removeprefix(PREFIX)
    return f"{PREFIX}{name}={details['input']!r}: {message}"
