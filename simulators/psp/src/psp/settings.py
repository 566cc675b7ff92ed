"""What the payment provider can be told by its environment."""

from pathlib import Path
from typing import Self

from pydantic import AnyHttpUrl, Field, model_validator
from simkit import LatencySettings
from simkit.signing import Receiver, key_of


class Settings(LatencySettings):
    """The payment provider's settings."""

    http_port: int = Field(18101, ge=0, le=65535, description="port to listen on; 0: a free one")
    data_dir: Path = Field(Path(".orderstream/psp"), description="folder of its books")
    latency_ms_max: int = Field(2000, ge=0, description="longest time to authorise, in ms")
    approval_percent: int = Field(
        90, ge=0, le=100, description="how many of the orders paid by tok_random are approved"
    )
    webhook_url: AnyHttpUrl | None = Field(
        None, description="address that receives every change of an intent; none: nothing is sent"
    )
    webhook_secret: str = Field(
        "", description="what webhooks are signed with: whsec_ and base64", repr=False
    )

    @model_validator(mode="after")
    def _webhooks_are_signed(self) -> Self:
        if self.webhook_url is not None:
            try:
                key_of(self.webhook_secret)
            except ValueError as error:
                raise ValueError(f"WEBHOOK_SECRET {error}") from None
        return self

    @property
    def receiver(self) -> Receiver | None:
        """The receiver of webhooks."""
        return Receiver(str(self.webhook_url), self.webhook_secret) if self.webhook_url else None
