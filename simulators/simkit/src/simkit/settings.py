"""The settings that every simulator has; all of them come from its environment."""

from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServerSettings(BaseSettings):
    """Where a simulator listens, where it keeps its books and how it logs."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True)

    http_host: str = Field("127.0.0.1", description="address to listen on")
    http_port: int = Field(ge=0, le=65535, description="port to listen on; 0 takes a free one")
    data_dir: Path = Field(description="folder of its books; they survive a restart")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="least severe line to log"
    )
    log_format: Literal["console", "json"] = Field("console", description="how a line is written")


class LatencySettings(ServerSettings):
    """How long the outside world takes to answer, decided by the seed and the order."""

    seed: int = Field(1, description="the same seed gives the same outcomes and latencies")
    latency_ms_min: int = Field(0, ge=0, description="shortest time to answer, in ms")
    latency_ms_max: int = Field(ge=0, description="longest time to answer, in ms")
    slow_ms: int = Field(3000, ge=0, description="time to answer where slowness is asked for, ms")

    @model_validator(mode="after")
    def _shortest_before_longest(self) -> Self:
        if self.latency_ms_min > self.latency_ms_max:
            raise ValueError("LATENCY_MS_MIN must not be above LATENCY_MS_MAX")
        return self


S = TypeVar("S", bound=ServerSettings)


def load(name: str, kind: type[S]) -> S:
    """Read the settings of the simulator `name`.

    Raises:
        SystemExit: with one line that names every bad setting.
    """
    try:
        return kind()
    except ValidationError as error:
        faults = "; ".join(_fault(dict(details)) for details in error.errors())
        raise SystemExit(f"{name}: bad settings: {faults}") from None


def _fault(details: dict[str, object]) -> str:
    location = details["loc"]
    if not isinstance(location, tuple) or not location:
        return str(details["msg"]).removeprefix("Value error, ")
    return f"{str(location[0]).upper()}={details['input']!r}: {details['msg']}"
