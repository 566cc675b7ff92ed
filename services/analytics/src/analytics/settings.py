"""What analytics needs to know besides what every process does."""

from pydantic import Field
from servicekit import ProcessSettings


class AnalyticsSettings(ProcessSettings):
    """`CURRENCY` is the shop's, the only one in which the gateway takes orders."""

    currency: str = Field("GBP", pattern=r"^[A-Z]{3}$")
