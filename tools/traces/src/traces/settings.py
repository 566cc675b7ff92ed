"""What the store of spans can be told by its environment."""

from pathlib import Path

from pydantic import Field
from servicekit import ProcessSettings

MIB = 1024 * 1024


class TracesSettings(ProcessSettings):
    """Where the spans lie and how much room they have, in MiB; the oldest are removed beyond it."""

    data_dir: Path = Path(".orderstream/data/traces")
    max_mb: int = Field(512, ge=1)

    @property
    def max_bytes(self) -> int:
        """The room of all files together."""
        return self.max_mb * MIB
