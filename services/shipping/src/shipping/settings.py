"""What shipping needs to know besides what every service does."""

from privacy import SealingKey
from servicekit import AskingSettings, HttpUrl


class ShippingSettings(AskingSettings):
    """`CARRIER_URL` is the carrier's base address, `SEALING_KEY` opens the customer's address."""

    carrier_url: HttpUrl = "http://127.0.0.1:18102"
    sealing_key: SealingKey
