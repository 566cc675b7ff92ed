"""What the payment provider can be told by its environment."""

from pathlib import Path

from pydantic import Field
from simkit import LatencySettings


class Settings(LatencySettings):
    """The payment provider's settings."""

    http_port: int = Field(18101, ge=0, le=65535, description="port to listen on; 0: a free one")
    data_dir: Path = Field(Path(".orderstream/psp"), description="folder of its books")
    latency_ms_max: int = Field(2000, ge=0, description="longest time to authorise, in ms")
    approval_percent: int = Field(
        90, ge=0, le=100, description="how many of the orders paid by tok_random are approved"
    )
