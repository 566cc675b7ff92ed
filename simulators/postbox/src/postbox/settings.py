"""What the postbox can be told by its environment."""

from pathlib import Path

from pydantic import Field
from simkit import ServerSettings


class Settings(ServerSettings):
    """The postbox's settings."""

    http_port: int = Field(18104, ge=0, le=65535, description="port to read mail on; 0: a free one")
    smtp_port: int = Field(18025, ge=0, le=65535, description="port to send mail to, on HTTP_HOST")
    data_dir: Path = Field(Path(".orderstream/postbox"), description="folder of the mails")
