"""What shipping needs to know besides what every service does."""

from servicekit import AskingSettings, HttpUrl, SealingKey


class ShippingSettings(AskingSettings):
    """`CARRIER_URL` is the carrier's base address, `SEALING_KEY` opens the customer's address."""

    carrier_url: HttpUrl = "http://127.0.0.1:18102"
    sealing_key: SealingKey
