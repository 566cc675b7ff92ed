"""What analytics needs to know besides what every process does."""

from events.currencies import CurrencyCode
from servicekit import ProcessSettings


class AnalyticsSettings(ProcessSettings):
    """`CURRENCY` is the shop's, the only one in which the gateway takes orders."""

    currency: CurrencyCode = "GBP"
