"""What the subscriber can be told by its environment."""

from pathlib import Path

from pydantic import Field
from simkit import ServerSettings


class Settings(ServerSettings):
    """The subscriber's settings."""

    http_port: int = Field(18105, ge=0, le=65535, description="port to listen on; 0: a free one")
    data_dir: Path = Field(Path(".orderstream/subscriber"), description="folder of the webhooks")
