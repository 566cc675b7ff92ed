"""What the notifier needs to know besides what every service does."""

from pydantic import Field
from servicekit import SealingKey, ServiceSettings


class NotifierSettings(ServiceSettings):
    """`SMTP_HOST` and `SMTP_PORT` name the mail server, `SEALING_KEY` opens the customer's address."""

    smtp_host: str = "127.0.0.1"
    smtp_port: int = Field(default=18025, ge=1, le=65535)
    sealing_key: SealingKey
