"""The settings that every simulator has; they come from its environment, or from files."""

import os
import warnings
from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from simkit.refusing import refuse


class ServerSettings(BaseSettings):
    """Address of a simulator, the folder of its books, and how it logs."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True)

    http_host: str = Field("127.0.0.1", description="address to listen on")
    http_port: int = Field(ge=0, le=65535, description="port to listen on; 0 takes a free one")
    data_dir: Path = Field(description="folder of its books; they survive a restart")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="least severe line to log"
    )
    log_format: Literal["console", "json"] = Field("console", description="how a line is written")


class LatencySettings(ServerSettings):
    """Time that the outside world takes to answer, decided by the seed and the order."""

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
    """Read the settings of the simulator `name`: from its environment, and else from files.

    Where SECRETS_DIR names a folder, a file in it is a setting: `webhook_secret` is WEBHOOK_SECRET.

    Raises:
        SystemExit: with one line that names every bad setting.
    """
    secrets_dir = os.environ.get("SECRETS_DIR") or None
    if secrets_dir and not Path(secrets_dir).is_dir():
        refuse(name, f"bad settings: SECRETS_DIR={secrets_dir!r}: there is no such folder")
    try:
        with warnings.catch_warnings():
            # A file that is there and cannot be read is no trifle.
            warnings.simplefilter("error", UserWarning)
            return kind(_secrets_dir=secrets_dir)
    except ValidationError as error:
        faults = "; ".join(_fault(dict(details)) for details in error.errors())
        refuse(name, f"bad settings: {faults}")
    except SettingsError as error:
        refuse(name, f"bad settings: {error}: {error.__cause__}")


def _fault(details: dict[str, object]) -> str:
    location = details["loc"]
    if not isinstance(location, tuple) or not location:
        return str(details["msg"]).removeprefix("Value error, ")
    name = str(location[0]).upper()
    if details["type"] == "missing":  # its input is everything that was given, secrets included
        return f"{name}: {details['msg']}"
    return f"{name}={details['input']!r}: {details['msg']}"
