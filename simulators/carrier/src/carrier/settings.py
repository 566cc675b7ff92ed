"""What the carrier can be told by its environment."""

from pathlib import Path

from pydantic import Field
from simkit import LatencySettings


class Settings(LatencySettings):
    """The carrier's settings."""

    http_port: int = Field(18102, ge=0, le=65535, description="port to listen on; 0: a free one")
    data_dir: Path = Field(Path(".orderstream/carrier"), description="folder of its books")
    latency_ms_max: int = Field(500, ge=0, description="longest time to buy a label, in ms")
