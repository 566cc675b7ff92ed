"""What payment needs to know besides what every service does."""

from servicekit import ServiceSettings


class PaymentSettings(ServiceSettings):
    """`PROVIDER_URL` is the base address of the payment provider."""

    provider_url: str = "http://127.0.0.1:18101"
