"""Where the native system runs and how it behaves; all of it from the environment or `.env`."""

import unicodedata
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import quote

from events.currencies import CurrencyCode
from launcher.environment import PREFIX, PROJECT_ROOT
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from servicekit import HttpUrl, RedisUrl
from servicekit.listed_ports import USUAL, ListedPorts
from servicekit.origins import Origins
from servicekit.otlp_headers import OtlpHeaders

from stack.process import broker_name, broker_port

NOT_IN_NAMES = {"Cc", "Cs", "Zl", "Zp"}
"""Control characters, ends of lines, and bytes that are not UTF-8: no file that we write could hold them."""

LONGEST_MS = 3_600_000
"""An hour, longer than any timeout for an answer from outside."""


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
    currency: CurrencyCode = Field("GBP", description="of all prices; its code in ISO 4217")
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = Field(
        "console", description="how `orderstream logs` shows lines; in the files they are JSON"
    )
    start_seconds: float = Field(90, gt=0, description="longest time that one step may take")

    partitions: int = Field(3, ge=1, le=100, description="of every topic that names no number")
    retention_hours: int = Field(
        168, ge=1, le=1_000_000, description="of every topic that names no time"
    )
    brokers: int = Field(1, description="of Kafka, 1 or 3; three survive the loss of one")
    instances: int = Field(1, ge=1, le=9, description="of every worker")
    fault_plans: bool = Field(
        default=True, description="orders may carry a plan of what is to fail"
    )
    webhook_private_targets: bool = Field(
        default=True, description="webhooks may go to private networks and without TLS"
    )
    webhook_ports: ListedPorts = Field(
        USUAL,
        description="of public hosts to which webhooks may go, or `any`; private ones have no bound",
    )
    rate_limit_scale: float = Field(
        1,
        ge=0,
        le=1_000_000,
        description="times so much one client may ask; 0: without limit, for load tests",
    )
    redis_url: RedisUrl | None = Field(
        None, repr=False, description="where gateways count together; none: each for itself"
    )
    cors_origins: Origins = Field(
        "", description="pages that may ask the gateway from a browser; commas between, or *"
    )
    max_waiting_requests_each: int = Field(
        100, ge=0, description="requests of one customer that may wait for an order's end"
    )
    max_streams_each: int = Field(100, ge=0, description="live streams of orders of one customer")
    max_dashboards_each: int = Field(
        10, ge=0, description="live streams of the whole shop of one operator"
    )
    trace_ratio: float = Field(
        1, ge=0, le=1, description="share of requests whose traces are recorded"
    )
    seed: int = Field(1, description="the same seed: the same outcomes and latencies outside")
    psp_latency_ms_min: int = Field(0, ge=0, le=LONGEST_MS)
    psp_latency_ms_max: int = Field(2000, ge=0, le=LONGEST_MS)
    psp_approval_percent: int = Field(90, ge=0, le=100)
    psp_webhooks: bool = Field(default=True, description="payments are answered by webhook too")
    carrier_latency_ms_min: int = Field(0, ge=0, le=LONGEST_MS)
    carrier_latency_ms_max: int = Field(300, ge=0, le=LONGEST_MS)

    otel_exporter_otlp_endpoint: HttpUrl | None = Field(
        None, description="where spans go instead of the store here; an address of OTLP/HTTP"
    )
    otel_exporter_otlp_headers: OtlpHeaders | None = Field(
        None, repr=False, description="what goes with spans, such as x-api-key=KEY"
    )
    traces_max_mb: int = Field(512, ge=1, description="room of the store of spans, in MiB")

    kafka_java_options: str = Field(
        "", description="for the Java that runs a broker, such as -Xmx1g"
    )
    postgres_options: str = Field(
        "", description="for the server of PostgreSQL, such as -c work_mem=16MB"
    )

    port_prefix: int | None = Field(
        None, ge=2, le=64, description="what all ports begin with, before their last three digits"
    )
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
    traces_port: int = Field(18018, ge=1, le=65535)
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

    @model_validator(mode="before")
    @classmethod
    def _begin_alike(cls, told: dict[str, Any]) -> dict[str, Any]:
        prefix = str(told.get("port_prefix") or "").strip()
        if not prefix.isdecimal():  # said by its own check
            return told
        ports = {name: cls.model_fields[name].default % 1000 for name in PORT_SETTINGS}
        return {name: f"{prefix}{place:03}" for name, place in ports.items()} | told

    @field_validator("state_dir", "seed_file")
    @classmethod
    def _from_the_root(cls, value: Path | None) -> Path | None:
        if value is None:
            return None
        if any(unicodedata.category(sign) in NOT_IN_NAMES for sign in str(value)):
            raise ValueError("a name with control characters, or that is not UTF-8, cannot be used")
        try:
            return value.expanduser().absolute()
        except RuntimeError as error:  # the home of somebody unknown
            raise ValueError(str(error)) from None

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

    @model_validator(mode="after")
    def _every_port_once(self) -> Self:
        names: dict[int, str] = {}
        for name in PORT_SETTINGS:
            other = names.setdefault(getattr(self, name), name)
            if other != name:
                both = f"{PREFIX}{other.upper()} and {PREFIX}{name.upper()}"
                raise ValueError(f"{both} are the same port: {getattr(self, name)}")
        return self

    @property
    def kafka_bootstrap(self) -> str:
        """The addresses of all brokers, as clients want them."""
        numbers = range(1, self.brokers + 1)
        hosts = (self.host_of(broker_name(number)) for number in numbers)
        ports = (broker_port(self.kafka_port, number) for number in numbers)
        return ",".join(f"{host}:{port}" for host, port in zip(hosts, ports, strict=True))

    @property
    def keeps_traces(self) -> bool:
        """Whether the system has a store of spans of its own: natively, unless they go elsewhere."""
        return self.platform == "native" and self.otel_exporter_otlp_endpoint is None

    @property
    def audit_port(self) -> int:
        """Where an audit that runs beside the system serves its metrics, unless it is told another port."""
        return int(f"{self.port_prefix or 18}300")

    @property
    def otlp_endpoint(self) -> str | None:
        """Where every service sends its spans, without the path `/v1/traces`; None: nowhere."""
        if self.keeps_traces:
            return f"http://127.0.0.1:{self.traces_port}"
        return self.otel_exporter_otlp_endpoint

    def database_url(self, database: str, role: str | None = None) -> str:
        """Return the address of a database, by default as the role that owns it."""
        who = role or database
        # Natively the server trusts its own machine, and asks for no password.
        if self.postgres_password is not None and self.platform != "native":
            who += f":{quote(self.postgres_password.get_secret_value(), safe='')}"
        host = self.host_of("postgres")
        return f"postgresql://{who}@{host}:{self.postgres_port}/{database}"

    def host_of(self, process: str) -> str:
        """Return where a process listens: among containers each has a name of its own."""
        return process if self.platform == "container" else "127.0.0.1"


PORT_SETTINGS = tuple(name for name in Settings.model_fields if name.endswith("_port"))
