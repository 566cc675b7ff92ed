"""Where the native system runs and how it behaves; all of it from the environment or `.env`."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from orderstream.platform.process import nth_port

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
    gateway_port: int = Field(18000, ge=1, le=65535)
    order_api_port: int = Field(18001, ge=1, le=65535)
    inventory_api_port: int = Field(18002, ge=1, le=65535)
    payment_api_port: int = Field(18003, ge=1, le=65535)
    inventory_grpc_port: int = Field(18004, ge=1, le=65535)
    smtp_port: int = Field(18025, ge=1, le=65535)
    psp_port: int = Field(18101, ge=1, le=65535)
    carrier_port: int = Field(18102, ge=1, le=65535)
    issuer_port: int = Field(18103, ge=1, le=65535)
    postbox_port: int = Field(18104, ge=1, le=65535)
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
        return ",".join(f"127.0.0.1:{nth_port(self.kafka_port, number)}" for number in numbers)

    def database_url(self, database: str, role: str | None = None) -> str:
        """The address of a database, by default as the role that owns it."""
        return f"postgresql://{role or database}@127.0.0.1:{self.postgres_port}/{database}"


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


def _fault(details: dict[str, object]) -> str:
    message = str(details["msg"]).removeprefix("Value error, ")
    location = details["loc"]
    if not isinstance(location, tuple) or not location:
        return message
    name = str(location[0]).upper().removeprefix(PREFIX)
    return f"{PREFIX}{name}={details['input']!r}: {message}"
